internal import CKernels
internal import COpenBLAS
import Glibc

/// Which of its kernels OpenBLAS computes with.
///
/// It decides as it is loaded, by the processor's model number. A model that is newer than the library
/// may get the kernels of one from 2004, which are many times slower; what the processor's vectors are
/// is then the better witness. `OPENBLAS_CORETYPE` in the environment has the last word.
package enum OpenBLASKernels {
  /// Ends the library's own threads, which wait for work by spinning for a tenth of a second after it was
  /// loaded, and which nothing here uses. To be called before anything computes, by programs: the libraries
  /// leave it to their users. `OPENBLAS_NUM_THREADS` would have to be set before the library is loaded.
  package static func endThreads() { ft_openblas_end_threads() }

  /// Replaces kernels that are below the processor, once, before the library is used.
  static func choose() { _ = chosen }

  private static let chosen: Void = {
    guard getenv("OPENBLAS_CORETYPE") == nil,
      let better = better(
        than: String(cString: openblas_get_corename()), vectorBits: Int(ft_vector_bits()))
    else { return }
    ft_openblas_choose(better)
  }()

  /// The kernels to take instead; `nil` if those are right, or nothing better is known.
  package static func better(than core: String, vectorBits: Int) -> String? {
    let wide = ["SkylakeX", "Cooperlake", "SapphireRapids", "Zen"]
    let middle = ["Haswell", "Excavator"]
    return switch vectorBits {
    case 512: wide.contains(core) ? nil : "SkylakeX"
    case 256: (wide + middle).contains(core) ? nil : "Haswell"
    default: nil
    }
  }
}
