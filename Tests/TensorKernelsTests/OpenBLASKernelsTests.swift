import CKernels
import TensorKernels
import Testing

@Suite("OpenBLAS's kernels")
struct OpenBLASKernelsTests {
  @Test(
    "are replaced where the processor's vectors are wider than what they use",
    arguments: [
      ("Prescott", 512, "SkylakeX"), ("Haswell", 512, "SkylakeX"), ("SkylakeX", 512, nil),
      ("SapphireRapids", 512, nil), ("Zen", 512, nil), ("Prescott", 256, "Haswell"),
      ("Sandybridge", 256, "Haswell"), ("Haswell", 256, nil), ("Zen", 256, nil),
      ("Prescott", 128, nil), ("ARMV8", 128, nil),
    ] as [(String, Int, String?)])
  func choice(core: String, bits: Int, better: String?) {
    #expect(OpenBLASKernels.better(than: core, vectorBits: bits) == better)
  }

  @Test("are the right ones when the backend is made")
  func isChosen() {
    let version = OpenBLASBackend().version
    let core = version.split(separator: "(").last.map { String($0.dropLast()) } ?? ""
    #expect(OpenBLASKernels.better(than: core, vectorBits: Int(ft_vector_bits())) == nil)
  }
}
