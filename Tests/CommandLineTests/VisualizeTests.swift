import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("finetune visualize", .serialized)
struct VisualizeTests {
  private let untrained = Tiny.options + ["--weights", "none"]

  private func picture(_ name: String, in folder: TemporaryFolder) throws -> Image {
    try decodeImage(contentsOf: folder.url.appending(path: name))
  }

  /// A folder with a trained run, its photos and a larger one.
  private func trained() throws -> TemporaryFolder {
    let scratch = try TemporaryFolder()
    try scratch.solvedRun(photos: 6)
    return scratch
  }

  @Test("Every look into a run writes a picture, and says what it is", .tags(.slow))
  func run() throws {
    let scratch = try trained()
    let photo = "photos/red/0.jpg"
    for (arguments, size, words) in [
      (["gradcam", "run", "--data", photo], (454, 228), "speaks for 'red'"),
      (["occlusion", "run", "--data", photo, "--class", "blue"], (454, 228), "needed for 'blue'"),
      (["filters", "run"], (43, 43), "1 of 1 filter of 'conv1'"),
      (
        ["features", "run", "--layer", "conv1_relu", "--data", photo], (102, 52),
        "1 of 1 channel of 'conv1_relu'"
      ),
      (
        ["activation", "run", "--class", "red", "--class", "blue", "--steps", "3"], (70, 36),
        "2 pictures"
      ),
      (
        ["activation", "run", "--layer", "conv1_relu", "--channel", "0", "--steps", "3"], (36, 36),
        "1 picture"
      ),
      (
        ["neighbours", "run", "--data", photo, "--count", "2"], (152, 44),
        "1 of 1 photo with neighbours"
      ),
      (["classmap", "run", "--data", photo], (77 * 2 + 6, 64 + 4), "2 × 2 places"),
    ] as [([String], (Int, Int), String)] {
      let outcome = try Finetune.run(
        ["visualize"] + arguments + ["--output", "look.png"], in: scratch.url)
      #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
      #expect(outcome.errors.contains(words), "\(arguments): \(outcome.errors)")
      let found = try picture("look.png", in: scratch)
      #expect((found.width, found.height) == size, "\(arguments): \(found.width)×\(found.height)")
    }
  }

  @Test("JSON has the class that predict names, and the numbers of the map", .tags(.slow))
  func json() throws {
    let scratch = try trained()
    let photo = "photos/green/1.jpg"
    let answer = try Finetune.run(["predict", "run", photo, "--json"], in: scratch.url).json()
    let row = try #require((answer["predictions"] as? [[String: Any]])?.first)
    let top = try #require((row["top"] as? [[String: Any]])?.first)
    for (look, cells) in [("gradcam", 1), ("occlusion", 16)] {
      let found = try Finetune.run(
        ["visualize", look, "run", "--data", photo, "--json", "--output", "x.png"]
          + (look == "gradcam" ? ["--layer", "conv_pw_11_relu"] : []), in: scratch.url
      ).json()
      #expect(found["class"] as? String == top["class"] as? String)
      let probability = try #require(found["probability"] as? Double)
      #expect(try abs(probability - #require(top["probability"] as? Double)) < 1e-5)
      let map = try #require(found["map"] as? [[Double]])
      #expect(
        map.count == (look == "gradcam" ? 2 : cells) && map.allSatisfy { $0.count == map.count })
    }
  }

  @Test("Neighbours are counted against chance, and no photo is its own", .tags(.slow))
  func neighbours() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 4)
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    func arguments(_ data: String) -> [String] {
      ["visualize", "neighbours"] + Tiny.options + [
        "--weights", "tiny.h5", "--data", data, "--among", "photos", "--count", "3",
        "--output", "n.png",
      ]
    }
    let found = try Finetune.run(arguments("photos") + ["--json"], in: scratch.url).json()
    // Of the eleven others three are of the photo's class.
    #expect(try abs(#require(found["chance"] as? Double) - 3 / 11) < 1e-9)
    let rows = try #require(found["photos"] as? [[String: Any]])
    #expect(rows.count == 12)
    var same = 0
    for row in rows {
      let neighbours = try #require(row["neighbours"] as? [[String: Any]])
      #expect(neighbours.count == 3)
      let paths = neighbours.compactMap { $0["path"] as? String }
      #expect(!paths.contains(try #require(row["path"] as? String)))
      let distances = neighbours.compactMap { $0["distance"] as? Double }
      #expect(distances == distances.sorted() && distances.allSatisfy { $0 >= 0 })
      same += neighbours.count { $0["class"] as? String == row["class"] as? String }
    }
    #expect(try abs(#require(found["sameClass"] as? Double) - Double(same) / 36) < 1e-9)
    let one = try Finetune.run(
      arguments("photos/red/0.jpg") + ["--json"], in: scratch.url
    ).json()
    let row = try #require((one["photos"] as? [[String: Any]])?.first)
    #expect(row["path"] as? String == "photos/red/0.jpg" && one["sameClass"] == nil)
    let own = try #require(rows.first { $0["path"] as? String == "photos/red/0.jpg" })
    let names = [own, row].map { row in
      (row["neighbours"] as? [[String: Any]] ?? []).compactMap { $0["path"] as? String }
    }
    #expect(names[0] == names[1] && names[0].count == 3)
    let text = try Finetune.run(arguments("photos"), in: scratch.url)
    #expect(text.output.contains("by chance 27.3 % would be"), "\(text.output)")
  }

  @Test(
    "Wrong usage ends with 64, what is not there with 66, what cannot be read with 65",
    arguments: [
      (["gradcam", "--data", "p.jpg", "--output", "x.png"], 64, "no RUN and no --base"),
      (
        ["gradcam", "run", "--base", "x", "--data", "p.jpg", "--output", "x.png"], 64,
        "exclude each other"
      ),
      (
        ["gradcam", "run", "--labels", "l", "--data", "p.jpg", "--output", "x.png"], 64,
        "--labels, --weights"
      ),
      (
        ["gradcam", "UNTRAINED", "--data", "p.jpg", "--output", "x.jpg"], 64,
        "expected the name of a PNG file"
      ),
      (
        ["gradcam", "UNTRAINED", "--data", "none.jpg", "--output", "x.png"], 66,
        "there is no photo 'none.jpg'"
      ),
      (
        ["gradcam", "UNTRAINED", "--data", "bad.jpg", "--output", "x.png"], 65,
        "the photo 'bad.jpg' cannot be read"
      ),
      (
        ["gradcam", "UNTRAINED", "--data", "p.jpg", "--output", "x.png", "--class", "no such"], 64,
        "there is no class 'no such'"
      ),
      (
        ["gradcam", "UNTRAINED", "--data", "p.jpg", "--output", "x.png", "--layer", "conv9"], 64,
        "the network has no layer 'conv9'"
      ),
      (
        ["gradcam", "UNTRAINED", "--data", "p.jpg", "--output", "x.png", "--opacity", "2"], 64,
        "--opacity is 2.0"
      ),
      (["gradcam", "nowhere", "--data", "p.jpg", "--output", "x.png"], 66, "nowhere"),
      (
        ["occlusion", "UNTRAINED", "--data", "p.jpg", "--output", "x.png", "--patch", "33"], 64,
        "33 pixels does not fit"
      ),
      (["filters", "--output", "x.png"], 64, "no RUN and no --base"),
      (
        ["filters", "UNTRAINED", "--bank", "haar", "--output", "x.png"], 64,
        "--bank has filters of its own"
      ),
      (["filters", "--bank", "canny", "--output", "x.png"], 64, "canny"),
      (["features", "UNTRAINED", "--data", "p.jpg", "--output", "x.png"], 64, "no --layer"),
      (
        ["features", "UNTRAINED", "--layer", "nowhere", "--data", "p.jpg", "--output", "x.png"], 64,
        "no node 'nowhere'"
      ),
      (
        ["activation", "UNTRAINED", "--layer", "conv1", "--output", "x.png"], 64,
        "name --layer and --channel, or --class"
      ),
      (
        ["activation", "UNTRAINED", "--layer", "conv1", "--channel", "99", "--output", "x.png"], 64,
        "there is no channel 99"
      ),
      (["neighbours", "UNTRAINED", "--data", "p.jpg", "--output", "x.png"], 64, "no --among"),
      (
        ["classmap", "UNTRAINED", "--data", "p.jpg", "--output", "x.png", "--scale", "0"], 64,
        "--scale is 0.0"
      ),
      ([], 64, "name one of gradcam"),
    ] as [([String], Int32, String)])
  func errors(arguments: [String], status: Int32, words: String) throws {
    let scratch = try TemporaryFolder()
    try scratch.photo("p.jpg", class: 0)
    try scratch.write("bad.jpg", Array("no photo".utf8))
    let all = arguments.flatMap { $0 == "UNTRAINED" ? untrained : [$0] }
    let outcome = try Finetune.run(["visualize"] + all, in: scratch.url)
    #expect(outcome.status == status, "\(outcome.errors)")
    #expect(outcome.firstLine.contains(words), "\(outcome.firstLine)")
    #expect(!scratch.has("x.png"))
  }

  @Test("Nothing is written among the photos that are looked at")
  func outside() throws {
    let scratch = try TemporaryFolder()
    try scratch.photos("photos", count: 1)
    let outcome = try Finetune.run(
      ["visualize", "neighbours"] + untrained + [
        "--data", "photos", "--among", "photos", "--output", "photos/red/x.png",
      ], in: scratch.url)
    #expect(outcome.status == 64 && outcome.firstLine.contains("would be inside the data 'photos'"))
    #expect(!scratch.has("photos/red/x.png"))
  }
}
