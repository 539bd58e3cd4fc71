import Files

extension ReportPage {
  /// Photos that stand out, whatever was answered: files with the same picture, and photos unlike all others.
  struct OddPart {
    let groupNote, unusualNote: String?
    let groups, unusual: [Card]

    struct Card {
      let photo: Picture?
      let files: [File]
    }
    struct File { let path, label, note: String }

    static let groupLimit = 12
    static let fileLimit = 6
    static let unusualLimit = 12
  }
}

extension ReportPage.OddPart {
  /// - Returns: `nil` where nothing was found, or nobody looked.
  init?(_ report: EvaluationReport) {
    let looks = report.looks?.photos ?? [:]
    func picture(_ path: String, _ alt: String) -> ReportPage.Picture? {
      looks[path]?.view.map { ReportPage.Picture($0, alt: alt) }
    }
    groups = report.shownPictureGroups.map { group in
      let shown = group.photos.prefix(Self.fileLimit)
      let others = group.photos.count - shown.count
      return Card(
        photo: picture(shown[0].path, "The picture that these files show"),
        files: shown.map {
          File(path: $0.path, label: $0.label, note: $0.isLearnt ? ", learnt from" : "")
        } + (others > 0 ? [File(path: "", label: "", note: "and \(others) more")] : []))
    }
    groupNote = Self.groupNote(report.samePictures)
    unusual = report.shownUnusual.map { photo in
      Card(
        photo: picture(photo.path, "Photo of \(photo.label)"),
        files: [
          File(
            path: photo.path, label: photo.label,
            note: ", farther than \(photo.share == 1 ? "all" : percent(photo.share))")
        ])
    }
    unusualNote = report.study.flatMap { study in
      study.unusual.flatMap {
        $0.count > 0 ? Self.note($0, isCrossFitted: study.isCrossFitted) : nil
      }
    }
    if groupNote == nil, unusualNote == nil { return nil }
  }

  private static func groupNote(_ groups: [PictureGroup]) -> String? {
    guard !groups.isEmpty else { return nil }
    let files = groups.reduce(0) { $0 + $1.photos.count }
    let different = groups.count { $0.isLabelledDifferently }
    let labels =
      different == 0
      ? ""
      : " \(different.counted("group")) \(different == 1 ? "has" : "have") different labels for one picture and"
        + " \(different == 1 ? "comes" : "come") first: one of these labels is wrong."
    let limit =
      groups.count > groupLimit ? " The first \(groupLimit) are shown, all are in the JSON." : ""
    return
      "\(files) files show \(groups.count.counted("picture")), by their bytes or by their looks. A picture counts as often as"
      + " it is measured.\(labels)\(limit)"
  }

  private static func note(_ unusual: UnusualPhotos, isCrossFitted: Bool) -> String {
    let expected = decimal(Double(unusual.photos) * (1 - UnusualPhotos.limit), 1)
    let of = "of \(unusual.photos.counted("photo"))"
    let measure = "by the base's features: Mahalanobis distance from the nearest class"
    guard !isCrossFitted else {
      return
        "The hundredth \(of) that is the farthest from what the others say (\(measure)). There is always one; only eyes can"
        + " tell whether something is wrong with it."
    }
    let shown = unusual.count > unusualLimit ? " The farthest \(unusualLimit) are shown." : ""
    return
      "\(unusual.count) \(of) \(unusual.count == 1 ? "is" : "are") farther from all classes than 99% of the photos that were"
      + " trained on (\(measure)); \(expected) would be by chance.\(shown) They may be of something else, or of a kind that the"
      + " training lacks."
  }
}

extension EvaluationReport {
  /// Those with different labels first.
  var shownPictureGroups: [PictureGroup] {
    Array(samePictures.prefix(ReportPage.OddPart.groupLimit))
  }

  var shownUnusual: [UnusualPhotos.Photo] {
    Array((study?.unusual?.farthest ?? []).prefix(ReportPage.OddPart.unusualLimit))
  }

  /// Paths of measured photos that the page shows whatever was answered about them.
  package var oddPaths: [String] {
    shownPictureGroups.map { $0.photos[0].path } + shownUnusual.map(\.path)
  }
}

extension ReportPage {
  /// The part of the page, in `reportTemplate`.
  static let oddTemplate = """
    {{#odd}}
    <section id="odd">
    <h2>Photos that stand out</h2>
    {{#groupNote}}
    <h3>The same picture in several files</h3>
    <p class="lead">{{groupNote}}</p>
    <div class="oddcards">{{#groups}}\(cardTemplate){{/groups}}</div>
    {{/groupNote}}
    {{#unusualNote}}
    <h3>Unlike the others</h3>
    <p class="lead">{{unusualNote}}</p>
    <div class="oddcards">{{#unusual}}\(cardTemplate){{/unusual}}</div>
    {{/unusualNote}}
    </section>
    {{/odd}}
    """

  private static let cardTemplate = """
    <article class="odd">{{#photo}}\(pictureTemplate){{/photo}}<ul>{{#files}}<li><bdi>{{path}}</bdi> <span class="soft"><bdi>{{label}}</bdi>{{note}}</span></li>{{/files}}</ul></article>
    """

  static let oddStyle = """

    .oddcards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr));gap:1rem 1.5rem}
    .odd{display:flex;gap:.75rem;align-items:flex-start;font-size:.8125rem;line-height:1.35;overflow-wrap:anywhere}
    .odd figure{flex:0 0 5.5rem}.odd img{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--wash);border-radius:.375rem}
    .odd ul{list-style:none;padding:0;min-width:0}.odd li+li{margin-top:.3rem}
    """
}
