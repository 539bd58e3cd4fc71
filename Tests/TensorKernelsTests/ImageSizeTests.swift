import Foundation
import TensorKernels
import Testing

@Suite("Sizes of images")
struct ImageSizeTests {
  @Test(
    "a text names a square or height × width",
    arguments: [
      ("224", ImageSize(side: 224)), ("720x1280", ImageSize(height: 720, width: 1280)),
      ("96X64", ImageSize(height: 96, width: 64)), ("64x64", 64),
    ])
  func texts(text: String, size: ImageSize) {
    #expect(ImageSize(text) == size)
    #expect(ImageSize(size.description) == size)
  }

  @Test(
    "other texts are no sizes", arguments: ["", "x", "224x", "x224", "1x2x3", "a", "2.5", "12 x 7"])
  func refused(text: String) {
    #expect(ImageSize(text) == nil)
  }

  @Test(
    "JSON is a number for a square, else a text", arguments: [("160", 160), (#""72x128""#, nil)])
  func json(text: String, side: Int?) throws {
    let size = side.map(ImageSize.init(side:)) ?? ImageSize(height: 72, width: 128)
    #expect(String(decoding: try JSONEncoder().encode(size), as: UTF8.self) == text)
    #expect(try JSONDecoder().decode(ImageSize.self, from: Data(text.utf8)) == size)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(ImageSize.self, from: Data(#""wide""#.utf8))
    }
  }
}
