internal import CHDF5
import Files

/// An object of the library that is released with its last use (`H5Idec_ref`).
struct HDF5Handle: ~Copyable {
  let id: Int64
  private let memory: MemoryBytes?

  /// Takes ownership of what `body` opens or creates.
  /// - Parameter memory: bytes that the object reads; they stay until it is released.
  init(
    _ action: @autoclosure () -> String, reading memory: MemoryBytes? = nil, _ body: () -> Int64
  ) throws(FormatError) {
    id = try HDF5Library.call(action(), body)
    self.memory = memory
  }

  deinit {
    let id = id
    _ = HDF5Library.query { H5Idec_ref(id) }
  }
}
