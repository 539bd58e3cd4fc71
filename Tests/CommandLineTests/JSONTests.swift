import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("JSON", .serialized)
struct JSONTests {
  @Test("a model's layer table has the keys that scripts rely on")
  func layers() throws {
    let json = try Finetune.run(["models", "mobilenet", "--alpha", "0.25", "--json"]).json()
    #expect(
      Set(json.keys) == [
        "name", "parameters", "trainableParameters", "multiplyAdds", "inputShape", "nodes",
      ])
    #expect(json["name"] as? String == "mobilenet")
    #expect(json["parameters"] as? Int == 475_544)
    #expect(json["inputShape"] as? [Int] == [224, 224, 3])
    let nodes = try #require(json["nodes"] as? [[String: Any]])
    let keys: Set = [
      "name", "layer", "outputShape", "parameters", "multiplyAdds", "receptiveField",
    ]
    for node in nodes { #expect(Set(node.keys) == keys) }
  }

  @Test("the catalogue and the weights are one object each")
  func catalogue() throws {
    let models = try Finetune.run(["models", "--json"]).json()
    #expect((models["models"] as? [Any])?.isEmpty == false)
    let weights = try Finetune.run(["weights", "list", "--json"]).json()
    #expect((weights["weights"] as? [Any])?.isEmpty == false)
  }

  @Test("a benchmark has the keys that scripts rely on", arguments: Benchmark.Mode.allCases)
  func benchmark(_ mode: Benchmark.Mode) throws {
    let json = try Finetune.run(
      ["benchmark"] + Tiny.options
        + [
          "--mode", mode.rawValue, "--batch-size", "3", "--steps", "2", "--threads", "2", "--json",
        ]
    ).json()
    #expect(json["base"] as? String == "mobilenet")
    #expect(json["mode"] as? String == mode.rawValue)
    #expect(json["precision"] as? String == "float32")
    #expect(json["batchSize"] as? Int == 3)
    #expect(json["threads"] as? Int == 2)
    #expect(json["imagesPerSecond"] as? Double ?? 0 > 0)
    #expect(json["peakMiB"] as? Int ?? 0 > 0)
  }

  @Test("a benchmark of views counts the photos of a folder, and needs one")
  func viewBenchmark() throws {
    let scratch = try TemporaryFolder()
    for number in 0..<3 { try scratch.photo("photos/\(number).jpg", class: number) }
    let command = ["benchmark-views", "--image-size", "32", "--passes", "1", "--threads", "1"]
    let json = try Finetune.run(command + ["--json", "--data", "photos"], in: scratch.url).json()
    #expect(json["mode"] as? String == "views")
    #expect(json["photos"] as? Int == 3)
    #expect(json["threads"] as? Int == 1)
    #expect(json["imagesPerSecond"] as? Double ?? 0 > 0)
    #expect(json["processorMilliseconds"] as? Double ?? 0 > 0)
    #expect(try Finetune.run(command + ["--data", "none"], in: scratch.url).status == 66)
    let never = ["benchmark-views", "--data", "photos", "--passes", "0"]
    #expect(try Finetune.run(never, in: scratch.url).status == 64)
  }

  @Test("predictions of a model of the zoo have readable names; an unreadable photo has its error")
  func predictions() throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"), top: .imageNet)
    try scratch.photo("a.jpg", class: 0)
    try scratch.write("b.jpg", [1, 2, 3])
    let outcome = try Finetune.run(
      ["predict"] + Tiny.options
        + ["--weights", "tiny.h5", "--json", "--top", "3", "a.jpg", "b.jpg", "c.jpg", "a.jpg"],
      in: scratch.url)
    #expect(outcome.status == 65)
    #expect(outcome.firstLine.contains("2 of 4 images"))
    let predictions = try #require(outcome.json()["predictions"] as? [[String: Any]])
    #expect(
      predictions.map { $0["path"] as? String } == ["a.jpg", "b.jpg", "c.jpg", "a.jpg"])
    for index in [1, 2] {
      #expect(predictions[index]["top"] == nil)
      #expect(predictions[index]["error"] as? String != nil)
    }
    let top = try #require(predictions[0]["top"] as? [[String: Any]])
    #expect(top.count == 3)
    for choice in top {
      let index = try #require(choice["index"] as? Int)
      #expect(choice["class"] as? String == ImageNet.classNames[index])
      #expect(choice["probability"] as? Double ?? -1 >= 0)
    }
    #expect(NSArray(array: top) == NSArray(array: predictions[3]["top"] as? [Any] ?? []))
  }

  @Test("labels of one's own replace ImageNet's, if there are as many")
  func labels() throws {
    let scratch = try TemporaryFolder()
    try Tiny.writeWeights(to: scratch.path("tiny.h5"), top: .imageNet)
    try scratch.photo("a.jpg", class: 0)
    let names = (0..<1000).map { "class \($0)\n" }.joined()
    try scratch.write("names.txt", Array(names.utf8))
    try scratch.write("few.txt", Array("cat\ndog\n".utf8))
    let options =
      ["predict"] + Tiny.options + ["--weights", "tiny.h5", "--json", "a.jpg", "--labels"]
    let outcome = try Finetune.run(options + ["names.txt"], in: scratch.url)
    let predictions = try #require(outcome.json()["predictions"] as? [[String: Any]])
    let top = try #require(predictions[0]["top"] as? [[String: Any]])
    #expect(top.count == 5)
    for choice in top {
      #expect(choice["class"] as? String == "class \(try #require(choice["index"] as? Int))")
    }
    let few = try Finetune.run(options + ["few.txt"], in: scratch.url)
    #expect(few.status == 65)
    #expect(few.firstLine.contains("2 labels"))
  }
}
