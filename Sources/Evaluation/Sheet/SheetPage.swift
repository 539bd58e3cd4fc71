import Foundation

/// What the sheet's template shows; as with `ReportPage`, texts from the world only become escaped
/// element text.
struct SheetPage {
  let title, headline, summary: String
  let kicker, sizeTitle, sizeNote, sizeName: String
  let warning: String?
  let style = reportStyle + sheetStyle
  let figures: [Figure]
  let splitNames: [String]
  let classes: [Row]
  let sizes: [Row]
  let findings: [Finding]
  let duplicates: [Group]
  let duplicateNote: String
  let photos: [Group]
  let photoNote: String
  let views: [ViewRow]
  let viewNote: String
  let facts: [Fact]
  // Mustache cannot ask a list whether it is empty without repeating the section.
  let hasSizes, hasFindings, hasDuplicates, hasPhotos, hasViews: Bool

  struct Figure { let name, value, meaning: String }
  struct Fact { let name, value: String }
  struct Row {
    let name, value, width: String
    let parts: [String]
  }
  struct Line { let path, detail: String }
  struct Picture {
    let path: String
    // Not "detail": where it is absent, Mustache would take that of the group around it.
    let caption: String?
    let marks: [String]
    let data: String?
  }
  struct Group {
    let title, detail: String
    let pictures: [Picture]
  }
  struct Finding {
    let title, meaning: String
    let isLoss, hasPictures: Bool
    let pictures: [Picture]
    let lines: [Line]
    let more: String?
  }
  struct ViewRow {
    let photo: Picture
    let views: [String]
  }

  init(_ sheet: ContactSheet) {
    title = sheet.title
    kicker = sheet.words.kicker
    sizeTitle = sheet.words.sizes
    sizeNote = sheet.words.sizeNote
    sizeName = sheet.words.size
    headline = sheet.headline
    summary = sheet.summary
    warning = sheet.warning
    figures = sheet.figures.map { Figure(name: $0.name, value: $0.value, meaning: $0.meaning) }
    splitNames = sheet.splitNames
    classes = sheet.classes.map(Row.init)
    sizes = sheet.sizes.map(Row.init)
    findings = sheet.findings.map { finding in
      Finding(
        title: finding.title, meaning: finding.meaning, isLoss: finding.isLoss,
        hasPictures: !finding.pictures.isEmpty, pictures: finding.pictures.map(Picture.init),
        lines: finding.lines.map { Line(path: $0.path, detail: $0.detail) },
        more: finding.moreCount > 0 ? "and \(finding.moreCount) more" : nil)
    }
    duplicates = sheet.duplicates.map(Group.init)
    duplicateNote = sheet.duplicateNote
    photos = sheet.photos.map(Group.init)
    photoNote = sheet.photoNote
    views = sheet.views.map {
      ViewRow(photo: Picture($0.photo), views: $0.views.map { Data($0).base64EncodedString() })
    }
    viewNote = sheet.viewNote
    facts = sheet.facts.map { Fact(name: $0.name, value: $0.value) }
    hasSizes = !sizes.isEmpty
    hasFindings = !findings.isEmpty
    hasDuplicates = !duplicates.isEmpty
    hasPhotos = !photos.isEmpty
    hasViews = !views.isEmpty
  }
}

extension SheetPage.Row {
  init(_ row: ContactSheet.Row) {
    self.init(
      name: row.name, value: row.value, width: decimal(100 * min(max(row.share, 0), 1), 1),
      parts: row.parts)
  }
}

extension SheetPage.Picture {
  init(_ picture: ContactSheet.Picture) {
    self.init(
      path: picture.path, caption: picture.detail, marks: picture.marks,
      data: picture.jpeg.map { Data($0).base64EncodedString() })
  }
}

extension SheetPage.Group {
  init(_ group: ContactSheet.Group) {
    self.init(
      title: group.title, detail: group.detail,
      pictures: group.pictures.map(SheetPage.Picture.init))
  }
}
