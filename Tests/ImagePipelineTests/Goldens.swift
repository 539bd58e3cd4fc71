import ImagePipeline

// Made by Tools/References/pillow_goldens.py with Pillow 13.0.0, libjpeg-turbo 3.2.0.
enum Goldens {
  /// Noise of a size, resized: source size, box, target size, fingerprint.
  static let resizes: [(Int, Int, Box?, Int, Int, UInt64)] = [
    (1, 1, nil, 5, 3, 0xF9EE_C39E_AD35_F852),
    (2, 3, nil, 1, 1, 0x7BBE_CC18_378E_F6A5),
    (7, 5, nil, 7, 5, 0x8857_894B_35D9_7F64),
    (7, 5, nil, 7, 2, 0xF1C2_7371_3027_9B27),
    (7, 5, nil, 3, 5, 0x51DE_EAA4_2366_F4BB),
    (16, 16, nil, 8, 8, 0x7D93_399B_6FCE_6CA3),
    (17, 31, nil, 9, 40, 0x93A4_82A1_9389_F9C7),
    (100, 75, nil, 224, 224, 0x57F0_D7B5_0D78_D10E),
    (333, 500, nil, 224, 224, 0xCB44_0640_E80F_9EAE),
    (333, 500, nil, 256, 384, 0xEAEA_7602_521D_3B25),
    (500, 375, nil, 341, 256, 0xF6F8_3DD3_BFC5_AEF4),
    (640, 3, nil, 10, 3, 0x36DC_481E_DBB3_FACD),
    (3, 640, nil, 3, 10, 0xEE45_256D_F526_A209),
    (255, 257, nil, 256, 256, 0xF972_C508_3F80_E4D5),
    (1000, 10, nil, 31, 7, 0x89AA_32ED_A3F4_1AF2),
    (50, 40, Box(left: 0, top: 0, right: 25, bottom: 20), 10, 10, 0x3699_58C9_1EB5_B7CB),
    (50, 40, Box(left: 10, top: 5, right: 50, bottom: 40), 33, 17, 0x5DEF_94C6_E0FA_35E9),
    (50, 40, Box(left: 0.5, top: 0.25, right: 49.5, bottom: 39.75), 24, 24, 0x4296_4431_CF70_8075),
    (
      200, 100, Box(left: 12.3, top: 4.7, right: 150.1, bottom: 99.9), 64, 64, 0x876E_F37B_33A1_2948
    ),
    (200, 100, Box(left: 3.25, top: 50, right: 5.5, bottom: 52.125), 20, 30, 0x5DA0_A9C5_35C3_D1B3),
  ]

  /// Real files below `odd-images`: upright size and fingerprint of the RGB pixels.
  static let decodings: [(String, Int, Int, UInt64)] = [
    ("pillow/Tests/images/pil_sample_cmyk.jpg", 100, 100, 0x9B92_EBFD_81ED_41BC),
    ("jpeg-decoder/tests/reftest/images/ycck.jpg", 500, 333, 0x8C3E_CFC4_6CF2_2E1E),
    ("jpeg-decoder/tests/reftest/images/mozilla/jpg-cmyk-2.jpg", 256, 256, 0xCE89_9BC6_5C2E_4B91),
    ("jpeg-decoder/tests/reftest/images/mozilla/jpg-gray.jpg", 32, 32, 0x9931_7CD5_6217_985E),
    ("jpeg-decoder/tests/reftest/images/rgb.jpg", 500, 333, 0xAA80_4719_7ABB_6756),
    ("jpeg-decoder/tests/reftest/images/progressive3.jpg", 650, 470, 0x5FE7_9962_9453_8C3B),
    ("jpeg-decoder/tests/reftest/images/mjpeg.jpg", 960, 720, 0x7BA9_B485_9F0B_905C),
    ("libjpeg-turbo/testimages/testimgari.jpg", 227, 149, 0x0CC3_0EC4_DEFC_0EC6),
    ("pillow/Tests/images/hopper_orientation_6.jpg", 128, 128, 0x8042_EEF1_568D_102B),
    ("pillow/Tests/images/multiple_exif.jpg", 1, 1, 0xD94D_1218_6C0F_2FB7),
    ("exif-orientation-examples/Portrait_7.jpg", 1200, 1800, 0x6562_5197_6950_B1B6),
  ]

  /// Small PNG files in base64, and their pixels as we define them.
  static let pngs: [(String, String, [UInt8])] = [
    (
      "RGB",
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAHUlEQVR42mNmSDnoKbDnyzxTZrejL/MY"
        + "uY9fMgMAUBMIRaaTA5gAAAAASUVORK5CYII=",
      [0, 100, 193, 73, 66, 28, 24, 191, 67, 70, 247, 73, 181, 157, 61, 45, 128, 118]
    ),
    (
      "grey, 16 bits",
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABEAAAAABuG5crAAAAD0lEQVR42mNgYGho+P8fAAaEAv//G2Lx"
        + "AAAAAElFTkSuQmCC",
      [0, 0, 0, 128, 128, 128, 255, 255, 255]
    ),
    (
      "palette",
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAgMAAABmjvwnAAAACVBMVEX/AAAA/wAAAP8tSs2KAAAACklE"
        + "QVR42mOYAAAAkgCRv6qB9gAAAABJRU5ErkJggg==",
      [0, 0, 255, 0, 255, 0, 255, 0, 0]
    ),
    (
      "palette, one entry transparent",
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAgMAAABmjvwnAAAACVBMVEX/AAAA/wAAAP8tSs2KAAAAAnRS"
        + "TlP/AOW3MEoAAAAKSURBVHjaY5gAAACSAJG/qoH2AAAAAElFTkSuQmCC",
      [0, 0, 255, 255, 255, 255, 255, 0, 0]
    ),
    (
      "RGBA",
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABCAYAAAAb4BS0AAAAFUlEQVR42mPgEpH7z8DAwHAixeg/ABEz"
        + "A5mo31L2AAAAAElFTkSuQmCC",
      [10, 20, 30, 255, 255, 255, 200, 100, 50]
    ),
    (
      "grey and alpha",
      "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAQAAABeK7cBAAAADUlEQVR42mP0/c/ACAAEPAFPfQBqFwAA"
        + "AABJRU5ErkJggg==",
      [77, 77, 77, 255, 255, 255]
    ),
    (
      "1 bit",
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAABAQAAAAAzmykZAAAACklEQVR42mNYAAAAogChcQXLQQAAAABJ"
        + "RU5ErkJggg==",
      [255, 255, 255, 0, 0, 0, 255, 255, 255]
    ),
    (
      "orientation 6",
      "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAGmVYSWZNTQAqAAAACAABARIAAwAAAAEA"
        + "BgAAAAAAANZnS2kAAAAdSURBVHjaY2ZIOegpsOfLPFNmt6Mv8xi5j18yAwBQEwhFppMDmAAAAABJRU5E"
        + "rkJggg==",
      [70, 247, 73, 0, 100, 193, 181, 157, 61, 73, 66, 28, 45, 128, 118, 24, 191, 67]
    ),
  ]
}
