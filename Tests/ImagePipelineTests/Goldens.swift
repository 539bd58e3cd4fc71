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

  /// The same with the cubic filter.
  static let cubicResizes: [(Int, Int, Box?, Int, Int, UInt64)] = [
    (1, 1, nil, 5, 3, 0xF9EE_C39E_AD35_F852),
    (2, 3, nil, 1, 1, 0x01A0_1D19_A451_9C92),
    (7, 5, nil, 7, 5, 0x8857_894B_35D9_7F64),
    (7, 5, nil, 7, 2, 0xC781_CD37_BAD5_F44F),
    (7, 5, nil, 3, 5, 0x9D78_A440_9340_564E),
    (16, 16, nil, 8, 8, 0x53A6_7303_2218_53EB),
    (17, 31, nil, 9, 40, 0x87B5_0AB2_331C_43F7),
    (100, 75, nil, 224, 224, 0xC8F7_AEEE_59E0_213B),
    (333, 500, nil, 224, 224, 0x808C_1F6B_2018_AA3E),
    (333, 500, nil, 256, 384, 0x59FB_269A_B7A3_62B6),
    (500, 375, nil, 341, 256, 0x7104_3BB3_3817_4EC3),
    (640, 3, nil, 10, 3, 0x0585_4B29_0768_07FD),
    (3, 640, nil, 3, 10, 0xBE50_4A0F_BB21_9171),
    (255, 257, nil, 256, 256, 0xC608_6EF2_3252_D773),
    (1000, 10, nil, 31, 7, 0x968A_A9C6_7D11_8B0D),
    (50, 40, Box(left: 0.5, top: 0.25, right: 49.5, bottom: 39.75), 24, 24, 0x4318_4996_AD6F_5471),
    (
      200, 100, Box(left: 12.3, top: 4.7, right: 150.1, bottom: 99.9), 64, 64, 0xEFD4_0B32_5973_F961
    ),
    (200, 100, Box(left: 3.25, top: 50, right: 5.5, bottom: 52.125), 20, 30, 0xDEC7_74B0_1960_8ADF),
  ]

  /// Every fifth of the photos of ImageNet: the view of 224 pixels that evaluation shows, with the linear
  /// and with the cubic filter.
  static let evaluationViews: [(String, UInt64, UInt64)] = [
    ("n01440764_tench.JPEG", 0xD9F1_20BE_7611_4148, 0x015A_ED8F_7728_0092),
    ("n01698640_American_alligator.JPEG", 0x27D5_5259_C8B7_397E, 0x417F_9499_7C38_B9A6),
    ("n01860187_black_swan.JPEG", 0xE475_6DDD_94ED_6424, 0x86D9_032E_5A43_8E6A),
    ("n02077923_sea_lion.JPEG", 0x0A7B_2AC6_8CFA_58C4, 0x8FAC_D1C2_3047_5989),
    ("n02097474_Tibetan_terrier.JPEG", 0xBD98_4D87_78D6_3BD8, 0xAF9E_936C_1F59_5157),
    ("n02110185_Siberian_husky.JPEG", 0xD4D0_A34E_EB47_BB92, 0x6BCC_9441_7484_FC5C),
    ("n02165105_tiger_beetle.JPEG", 0x5D40_546A_37E3_5754, 0x4009_1979_CA75_006D),
    ("n02417914_ibex.JPEG", 0x9D6F_2CDC_E976_559F, 0x8A4C_F512_71A8_35BE),
    ("n02669723_academic_gown.JPEG", 0xDD90_1069_D040_DEB3, 0x9D09_547C_9CA7_29F2),
    ("n02860847_bobsled.JPEG", 0x4057_6703_BAC1_D53B, 0x9B70_6E26_C7C0_16BF),
    ("n03042490_cliff_dwelling.JPEG", 0x237F_E9D4_4FBD_FB1C, 0x155C_5036_CBAF_059C),
    ("n03297495_espresso_maker.JPEG", 0xD125_443B_1ECC_0A74, 0x9ED4_6476_EC2A_EA52),
    ("n03532672_hook.JPEG", 0xA729_1743_3ED8_4659, 0xD072_6D33_1EAB_AFC6),
    ("n03759954_microphone.JPEG", 0x8CAE_8171_C99B_975D, 0xBE8B_1101_DDAA_05D0),
    ("n03887697_paper_towel.JPEG", 0xB637_77D0_1162_6B36, 0x3D01_59CE_AA3A_D4AC),
    ("n04033995_quilt.JPEG", 0x26B6_A03A_50C8_B624, 0xC903_8453_F64C_D820),
    ("n04243546_slot.JPEG", 0xD9F6_3378_2925_DFFE, 0x2B5A_179E_B078_E88A),
    ("n04399382_teddy.JPEG", 0xF63F_F435_4D7A_59CB, 0x6F6C_DBDB_413B_713F),
    ("n04562935_water_tower.JPEG", 0x0191_708C_3FCE_EF4A, 0xF2E1_EB36_5708_FB72),
    ("n07747607_orange.JPEG", 0xDF54_2904_3510_19BD, 0x7729_F1EC_9B45_0FF8),
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
