import Evaluation
import Testing

@Suite("Photos that stand out, on the page")
struct PictureGroupTests {
  private func file(_ path: String, _ label: String, isLearnt: Bool = false) -> PictureGroup.Photo {
    PictureGroup.Photo(path: path, label: label, isLearnt: isLearnt)
  }

  private func report(_ groups: [PictureGroup]) throws -> EvaluationReport {
    let rows = [
      PredictionRow(path: "x/1.jpg", truth: 0, probabilities: [0.9, 0.1]),
      PredictionRow(path: "y/2.jpg", truth: 1, probabilities: [0.2, 0.8]),
    ]
    let metrics = try ClassificationMetrics(
      split: "test", usedForSelection: false, classes: ["x", "y"], rows: rows)
    var report = EvaluationReport(metrics, rows: rows, provenance: .init(base: "b"))
    report.samePictures = groups
    return report
  }

  @Test("measured files come first, whatever their paths, and labels that differ are seen")
  func order() {
    let group = PictureGroup([
      file("a.jpg", "x", isLearnt: true), file("z.jpg", "y"), file("y.jpg", "x"),
    ])
    #expect(group.photos.map(\.path) == ["y.jpg", "z.jpg", "a.jpg"])
    #expect(group.isLabelledDifferently)
    #expect(!PictureGroup([file("a", "x"), file("b", "x")]).isLabelledDifferently)
  }

  @Test("each group has its files by name, a long one the first of them, and is counted")
  func groups() throws {
    let many = PictureGroup((0..<9).map { file("copy-\($0).jpg", "x", isLearnt: $0 == 8) })
    let mixed = PictureGroup([file("one.jpg", "x"), file("other.jpg", "<i>")])
    let html = try report([mixed, many]).html()
    #expect(html.contains("<h2>Photos that stand out</h2>"))
    #expect(html.contains("11 files show 2 pictures"))
    #expect(html.contains("1 group has different labels for one picture and comes first"))
    #expect(html.contains("copy-5.jpg") && !html.contains("copy-6.jpg"))
    #expect(html.contains("and 3 more"))
    #expect(html.contains("&lt;i&gt;") && !html.contains("<i>&"))
  }

  @Test("where there are none the page does not speak of them")
  func none() throws {
    #expect(try !report([]).html().contains("Photos that stand out"))
  }
}
