internal import CHDF5
import Files
import Synchronization

/// The one owner of libhdf5: every call into the library goes through here, one at a time.
///
/// The library keeps an error stack for each thread. An entry left on a finished thread makes it
/// loop when the process ends, so a failed call is read out and cleared before the next one.
package enum HDF5Library {
  private static let lock = Mutex(false)

  /// Runs one call of the library and returns its result, which is negative after a failure.
  ///
  /// - Parameter action: what is being attempted, for example "open the group 'conv1'".
  /// - Throws: `FormatError` that joins the action and the library's own reason.
  static func call<Result: SignedInteger>(
    _ action: @autoclosure () -> String, _ body: () -> Result
  ) throws(FormatError) -> Result {
    let (result, reason) = lock.withLock { started -> (Result, String) in
      start(&started)
      let result = body()
      return (result, result < 0 ? takeReason() : "")
    }
    if result >= 0 { return result }
    // What the system did not do, the library tells with addresses of memory and the time of day.
    if let system = reason.firstMatch(
      of: /(?:read failed|unable to open file).*, error message = '([^']*)'/)?.1
    {
      throw FormatError(unreadable: String(system))
    }
    throw FormatError("cannot \(action()): \(reason)")
  }

  /// Runs one call whose failure shows in a value of its own, which the caller checks.
  package static func query<Result>(_ body: () -> Result) -> Result {
    lock.withLock { started in
      start(&started)
      let result = body()
      H5Eclear2(ft_h5_error_stack())
      return result
    }
  }

  /// Prepares the library in the process and silences it on this thread; the lock is held.
  private static func start(_ started: inout Bool) {
    if !started {
      H5open()
      // Filters are code: none is loaded from outside, whatever a file asks for.
      H5PLset_loading_state(0)
      started = true
    }
    H5Eset_auto2(ft_h5_error_stack(), nil, nil)
  }

  /// The most specific entry of this thread's error stack, which is empty afterwards.
  private static func takeReason() -> String {
    var reason = ""
    withUnsafeMutablePointer(to: &reason) { pointer in
      _ = H5Ewalk2(
        ft_h5_error_stack(), H5E_WALK_UPWARD,
        { position, entry, context in
          if position == 0, let text = entry?.pointee.desc {
            context?.assumingMemoryBound(to: String.self).pointee = String(cString: text)
          }
          return 0
        }, pointer)
    }
    H5Eclear2(ft_h5_error_stack())
    return reason.isEmpty ? "no reason given" : reason
  }
}
