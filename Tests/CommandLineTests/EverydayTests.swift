import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Everyday use", .serialized)
struct EverydayTests {
  @Test("a dry run downloads nothing, writes nothing, and says what would be downloaded")
  func dryRun() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 6)
    let outcome = try Finetune.run(
      [
        "--base", "mobilenet", "--alpha", "0.25", "--image-size", "128", "--data", "photos",
        "--dry-run",
      ],
      in: scratch.url, through: "HOME=$PWD/home; export HOME")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("training would download 'mobilenet_2_5_128_tf_no_top.h5'"))
    #expect(outcome.output.contains("Plan 'adapt'") && !outcome.output.contains("multiply by"))
    #expect(!scratch.has("runs") && !scratch.has("home/.keras"))
    let offline = try Finetune.run(
      ["--base", "mobilenet", "--data", "photos", "--dry-run", "--offline"], in: scratch.url)
    #expect(offline.status == 66)
  }

  @Test(
    "nothing is written into the data",
    arguments: [
      ["--base", "mobilenet", "--weights", "none", "--data", "photos", "--output", "photos/run"],
      [
        "--base", "mobilenet", "--weights", "none", "--data", "photos", "--output",
        "photos/a/b/run",
      ],
      [
        "features", "--base", "mobilenet", "--weights", "none", "--data", "photos", "--output",
        "photos/red/f.h5",
      ],
    ])
  func outsideData(_ arguments: [String]) throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 2)
    let outcome = try Finetune.run(arguments, in: scratch.url)
    #expect(outcome.status == 64)
    #expect(outcome.firstLine.contains("would be inside the data 'photos'"), "\(outcome.errors)")
    #expect(
      !scratch.has("photos/run") && !scratch.has("photos/a") && !scratch.has("photos/red/f.h5"))
  }

  @Test("weights of another width name the width")
  func alpha() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 2)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    for alpha in [["--alpha", "0.1"], []] {
      let outcome = try Finetune.run(
        ["--base", "mobilenet", "--image-size", "32", "--weights", "tiny.h5", "--data", "photos"]
          + alpha,
        in: scratch.url)
      #expect(outcome.status == 65)
      #expect(
        outcome.firstLine.contains("'tiny.h5' is for mobilenet of width 0.05"), "\(outcome.errors)")
      #expect(outcome.firstLine.hasSuffix("give --alpha 0.05"))
    }
    let unpublished = try Finetune.run(
      ["--base", "mobilenetv2", "--alpha", "0.4", "--data", "photos"], in: scratch.url)
    #expect(
      unpublished.status == 66 && unpublished.firstLine.contains("they are for alpha 0.35, 0.5"))
  }

  @Test("drawn photos are to learn from and to test on, and what comes next is said")
  func sample() throws {
    let scratch = try TemporaryFolder()
    let outcome = try Finetune.run(
      ["sample", "--output", "drawn", "--photos", "3", "--size", "32"], in: scratch.url)
    #expect(outcome.status == 0)
    let photos = try Photos.scan(scratch.url.appending(path: "drawn"), pool: WorkerPool(count: 2))
    #expect(photos.imagesPerClass(in: .train) == [Int](repeating: 3, count: 8))
    #expect(photos.imagesPerClass(in: .test) == [Int](repeating: 1, count: 8))
    for word in ["finetune inspect --data drawn", "--base mobilenet", "--data drawn"] {
      #expect(outcome.errors.contains(word), "\(word)")
    }
    let flat = try Finetune.run(
      ["sample", "--output", "flat", "--photos", "3", "--test", "0", "--size", "32"],
      in: scratch.url)
    #expect(flat.status == 0)
    #expect(try Photos.splits(in: scratch.url.appending(path: "flat")) == [.all])
  }

  @Test("the cache is shown and cleared, and nothing else that lies there")
  func cache() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 4)
    let shell = "FINETUNE_CACHE=$PWD/kept; export FINETUNE_CACHE"
    try scratch.write("kept/mine.txt", [1])
    let command = Tiny.options + ["--weights", "tiny.h5", "--data", "photos", "--plan", "head"]
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    #expect(try Finetune.run(command, in: scratch.url, through: shell).status == 0)
    let shown = try Finetune.run(["cache", "--json"], in: scratch.url, through: shell).json()
    for part in ["features", "scans"] {
      let counts = try #require(shown[part] as? [String: Int])
      #expect(counts["files"] ?? 0 > 0 && counts["bytes"] ?? 0 > 0, "\(part)")
    }
    let text = try Finetune.run(["cache"], in: scratch.url, through: shell)
    #expect(text.status == 0 && text.output.contains("/kept\n"))
    #expect(try Finetune.run(["cache", "clear"], in: scratch.url, through: shell).status == 0)
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: scratch.path("kept")) == ["mine.txt"])
    let empty = try Finetune.run(["cache", "show"], in: scratch.url, through: shell)
    #expect(empty.output.contains("features of photos: none"))
  }
}
