import Evaluation
import Foundation
import Testing

@Suite("The contact sheet")
struct ContactSheetTests {
  private static let evil = "<script>\"&'</script>"

  /// A sheet with all of its sections, where every text is `name`.
  private static func sheet(_ name: String, caption: String? = nil) -> ContactSheet {
    let picture = ContactSheet.Picture(
      path: name, detail: caption, marks: [name], jpeg: [0xFF, 0xD8, 0xFF])
    var sheet = ContactSheet(title: name, headline: name, summary: name, warning: name)
    sheet.figures = [(name, name, name)]
    sheet.splitNames = [name, name]
    sheet.classes = [.init(name: name, value: name, parts: [name, name], share: 1)]
    sheet.sizes = [.init(name: name, value: name, share: 0.5)]
    sheet.findings = [
      .init(
        title: name, meaning: name, isLoss: true, pictures: [picture], lines: [(name, name)],
        moreCount: 7)
    ]
    sheet.duplicates = [.init(title: name, detail: "the group", pictures: [picture])]
    sheet.duplicateNote = name
    sheet.photos = [
      .init(title: name, detail: "the group", pictures: [picture, .init(path: name)])
    ]
    sheet.photoNote = name
    sheet.views = [.init(photo: picture, views: [[0xFF, 0xD8, 0xFF], [0xFF, 0xD8, 0xFE]])]
    sheet.viewNote = name
    sheet.facts = [(name, name)]
    return sheet
  }

  @Test("texts from the world are shown as text, never as markup")
  func escaping() throws {
    let html = try Self.sheet(Self.evil, caption: Self.evil).html()
    #expect(!html.contains("<script"))
    #expect(html.contains("&lt;script&gt;&quot;&amp;&#39;&lt;/script&gt;"))
  }

  @Test(
    "what is markup stays text also with an accent combined, which makes another character of it")
  func combinedMarks() throws {
    let evil = "<\u{301}script>\u{301}\"\u{301}&\u{301}'\u{301}"
    let html = try Self.sheet(evil, caption: evil).html()
    #expect(!html.utf8.contains(evil.utf8))
    #expect(
      html.utf8.contains("&lt;\u{301}script&gt;\u{301}&quot;\u{301}&amp;\u{301}&#39;\u{301}".utf8))
  }

  @Test("nothing is loaded from elsewhere, and every tag is closed")
  func selfContained() throws {
    let html = try Self.sheet("ants").html()
    for reference in ["http:", "https:", "<link", "@import", "url("] {
      #expect(!html.contains(reference), "\(reference)")
    }
    #expect(Markup.fault(in: html) == nil)
  }

  @Test("a bar is at most as long as its column, and a picture without a file says so")
  func details() throws {
    var sheet = Self.sheet("ants")
    sheet.classes[0].share = 7
    let html = try sheet.html()
    #expect(html.contains("width:100.0%") && !html.contains("width:700"))
    #expect(html.contains("no picture"))
    #expect(html.contains("and 7 more"))
  }

  @Test("a picture without a caption does not take its group's words for one")
  func captions() throws {
    let html = try Self.sheet("ants").html()
    // Once for the group of duplicates, once for the class.
    #expect(html.components(separatedBy: "the group").count - 1 == 2)
    #expect(try Self.sheet("ants", caption: "48 × 40").html().contains("<span>48 × 40</span>"))
  }

  @Test("sections without content are left out")
  func empty() throws {
    let html = try ContactSheet(title: "a", headline: "0", summary: "none").html()
    for heading in ["Findings", "Duplicates", "What the network sees", "<h2>Photos", "Sizes"] {
      #expect(!html.contains(heading), "\(heading)")
    }
    #expect(!html.contains("class=\"note warn\""))
  }
}

/// A look at a page's tags.
private enum Markup {
  private static let void: Set<Substring> = ["meta", "img", "!doctype"]

  /// The first tag that is closed and was not open, or stays open; `nil` if all is well.
  static func fault(in html: String) -> String? {
    var open: [Substring] = []
    var rest = html[...]
    while let start = rest.firstIndex(of: "<") {
      guard let end = rest[start...].firstIndex(of: ">") else { return "unfinished tag" }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      let name = tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber || $0 == "!" }
      if void.contains(name) { continue }
      if !tag.hasPrefix("/") {
        open.append(name)
      } else if open.popLast() != name {
        return "\(tag)"
      }
    }
    return open.last.map { "<\($0)> stays open" }
  }
}
