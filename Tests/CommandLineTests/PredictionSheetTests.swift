import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("The page of predictions", .serialized)
struct PredictionSheetTests {
  private func classifier(
    _ scratch: TemporaryFolder, labels: [String], activation: Activation = .softmax
  ) throws -> Classifier {
    let network = try Tiny.model(.features).network.addingHead(
      named: "head", classes: labels.count, activation: activation)
    try writeKerasModel(
      network, named: "m", network.initialTensors(seed: 1), metadata: nil,
      to: scratch.url.appending(path: "m.h5"))
    return try Classifier(Base.Source(scratch.path("m.h5")), labels: labels)
  }

  @Test("has the surest and the least sure of many photos, and all of few, by class")
  func bounded() throws {
    let scratch = try TemporaryFolder()
    let labels = ["ant", "bee", "cat"]
    let classifier = try classifier(scratch, labels: labels)
    var page = PredictionSheet(classifier, named: "runs/x")
    // In an order that is not theirs: 7 and 1000 have no common factor.
    for step in 0..<1000 {
      let share = Float(step * 7 % 1000) / 2000
      page.add(
        "\(step * 7 % 1000).jpg",
        .success(
          Prediction(labels: labels, probabilities: [0.5 + share / 2, 0.5 - share / 2, 0])))
    }
    for number in 0..<5 {
      page.add(
        "cat\(number).jpg",
        .success(Prediction(labels: labels, probabilities: [0, 0.1 * Float(number), 0.9])))
    }
    page.add("broken.jpg", .failure(ImageError(.unreadable, "it is cut short")))
    let sheet = page.make(pool: WorkerPool(count: 2))
    #expect(sheet.headline == "1005" && sheet.summary == "photos in 2 of 3 classes")
    #expect(sheet.classes.map(\.name) == ["ant", "cat"])
    #expect(sheet.classes.map(\.value) == ["1000", "5"])
    #expect(sheet.photos.map(\.title) == ["ant", "cat"])
    #expect(
      sheet.photos.map(\.detail) == [
        "the 12 surest and the 12 least sure of 1000 photos", "5 photos",
      ])
    let shown = Array((988...999).reversed()) + Array((0...11).reversed())
    #expect(sheet.photos[0].pictures.map(\.path) == shown.map { "\($0).jpg" })
    #expect(sheet.photos[1].pictures.map(\.path) == (0..<5).map { "cat\($0).jpg" })
    #expect(sheet.photos[1].pictures.last?.detail == "90.0%; bee 40.0%")
    #expect(sheet.sizes.map(\.value).compactMap { Int($0) }.reduce(0, +) == 1005)
    #expect(sheet.findings.map(\.title) == ["Cannot be read: 1"])
  }

  @Test("has a photo under each of its labels, and those without any by themselves")
  func severalLabels() throws {
    let scratch = try TemporaryFolder()
    let labels = ["ant", "bee", "cat"]
    let classifier = try classifier(scratch, labels: labels, activation: .sigmoid)
    let thresholds = try #require(classifier.thresholds)
    var page = PredictionSheet(classifier, named: "m.h5")
    let photos: [(String, [Float])] = [
      ("both.jpg", [0.75, 0.5, 0.25]), ("one.jpg", [1, 0.25, 0]), ("none.jpg", [0.125, 0.25, 0]),
      ("nothing.jpg", [0, 0, 0.125]),
    ]
    for (path, probabilities) in photos {
      page.add(
        path,
        .success(
          Prediction(labels: labels, probabilities: probabilities, thresholds: thresholds)))
    }
    let sheet = page.make(pool: WorkerPool(count: 1))
    #expect(sheet.headline == "4" && sheet.summary == "photos in 2 of 3 classes")
    #expect(sheet.classes.map(\.name) == ["ant", "bee", "none of the classes"])
    #expect(sheet.classes.map(\.value) == ["2", "1", "2"])
    #expect(sheet.classes.map(\.parts) == [["87.5%"], ["50.0%"], ["–"]])
    #expect(
      sheet.photos.map { $0.pictures.map(\.path) } == [
        ["one.jpg", "both.jpg"], ["both.jpg"], ["nothing.jpg", "none.jpg"],
      ])
    #expect(
      sheet.photos.map { $0.pictures.map(\.detail) } == [
        ["100%", "75.0%; bee 50.0%"], ["50.0%; ant 75.0%"],
        ["at most cat 12.5%", "at most bee 25.0%"],
      ])
    #expect(sheet.sizes.map(\.value) == ["2", "0", "1", "0", "1"])
  }

  @Test("is one page for any number of classes")
  func manyClasses() throws {
    let scratch = try TemporaryFolder()
    let labels = (0..<1000).map { "class \($0)" }
    var page = PredictionSheet(try classifier(scratch, labels: labels), named: "m.h5")
    for photo in 0..<3000 {
      var probabilities = [Float](repeating: 0, count: 1000)
      probabilities[photo % 1000] = 1
      page.add(
        "\(photo).jpg", .success(Prediction(labels: labels, probabilities: probabilities)))
    }
    let sheet = page.make(pool: WorkerPool(count: 2))
    #expect(sheet.photos.map(\.pictures.count).reduce(0, +) <= 960)
    #expect(sheet.classes.count == 1000 && sheet.photos.count == 480)
  }

  @Test("is written beside the answers, shows names as text, and loads nothing")
  func written() throws {
    let scratch = try PredictManyTests.scratch()
    let evil = "photos/red/<\u{301}b>&\u{301}.jpg"
    try scratch.photo(evil, class: 0)
    try scratch.write("photos/red/broken.jpg", [0xFF, 0xD8, 0xFF])
    let plain = try Finetune.run(PredictManyTests.model + ["--jsonl", "photos"], in: scratch.url)
    let outcome = try Finetune.run(
      PredictManyTests.model + ["--jsonl", "--sheet", "sheet.html", "photos"], in: scratch.url)
    #expect(plain.status == 65 && outcome.status == 65)
    #expect(outcome.output == plain.output && outcome.errors.contains("sheet: sheet.html\n"))
    let html = try String(contentsOf: scratch.url.appending(path: "sheet.html"), encoding: .utf8)
    #expect(html.components(separatedBy: "src=\"data:image/jpeg;base64,").count == 11)
    #expect(html.contains("photos/red/broken.jpg") && html.contains("Answers of <b>mobilenet</b>"))
    #expect(html.contains("prefers-color-scheme:dark"))
    #expect(!html.utf8.contains(evil.utf8))
    #expect(html.utf8.contains("&lt;\u{301}b&gt;&amp;\u{301}.jpg".utf8))
    for reference in ["http:", "https:", "<script", "<link", "@import", "url("] {
      #expect(!html.contains(reference), "\(reference)")
    }
    let nowhere = try Finetune.run(
      PredictManyTests.model + ["--sheet", "absent/sheet.html", "photos"], in: scratch.url)
    #expect(nowhere.status == 73 && nowhere.output.isEmpty)
  }
}
