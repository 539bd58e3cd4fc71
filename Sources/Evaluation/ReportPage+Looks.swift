import Foundation

/// What the page shows beside photos: what the network looks at, and which photos it takes for alike.
extension ReportPage {
  /// A picture and what it is of.
  struct Picture {
    /// JPEG in base 64.
    let picture: String?
    /// The picture in words.
    let alt: String
    /// What stands below it, and the name of a class that it is about.
    let what: String
    let subject: String?
    /// Behind the name.
    let figure: String?

    init(
      _ bytes: [UInt8]?, alt: String, what: String = "", subject: String? = nil,
      figure: String? = nil
    ) {
      picture = bytes.map { Data($0).base64EncodedString() }
      self.alt = alt
      self.what = what
      self.subject = subject
      self.figure = figure
    }
  }

  /// Pictures that belong together.
  struct PictureRow {
    let pictures: [Picture]
    /// What they are, and the name of a class that they are of.
    let title: String
    let subject: String?
  }
}

extension ReportPage.Picture {
  /// The photo, and under maps of what speaks for classes.
  static func views(
    of look: PhotoLook?, or thumbnail: [UInt8]?, alt: String, _ classes: [String]
  ) -> [Self] {
    guard let look, let view = look.view else { return [Self(thumbnail, alt: alt)] }
    return [Self(view, alt: alt, what: "as the network saw it")]
      + look.maps.map { map in
        let name = classes[map.class]
        return Self(
          map.picture, alt: "What on this photo speaks for \(name)",
          what: map.isEmpty ? "nothing speaks for" : "speaks for", subject: name)
      }
  }

  init(_ near: NearPhoto) {
    self.init(
      near.thumbnail, alt: "A photo of \(near.class)", subject: near.class,
      figure: Self.distance(near.distance))
  }

  /// A number of two or three figures, whatever its size.
  static func distance(_ value: Double) -> String {
    decimal(value, value >= 100 ? 0 : value >= 10 ? 1 : 2)
  }
}

extension ReportPage.MistakeCard {
  /// The most similar photos, where they were sought.
  static func near(_ look: PhotoLook?) -> [ReportPage.PictureRow] {
    guard let look, !look.nearest.isEmpty else { return [] }
    return [
      ReportPage.PictureRow(
        pictures: look.nearest.map(ReportPage.Picture.init),
        title: "most alike of those it learnt from", subject: nil)
    ]
  }
}

extension ReportPage {
  /// Of the suspect labels that are shown with their pictures.
  struct SuspectCard {
    let path, label, suggested, probabilityOfLabel, probabilityOfSuggested: String
    let photo: Picture
    let rows: [PictureRow]

    init(_ suspect: LabelSuspects.Suspect, _ look: PhotoLook?, _ classes: [String]) {
      path = suspect.path
      label = classes[suspect.label]
      suggested = classes[suspect.suggested]
      probabilityOfLabel = percent(Double(suspect.probabilityOfLabel))
      probabilityOfSuggested = percent(Double(suspect.probabilityOfSuggested))
      photo = Picture(look?.view, alt: "Photo labelled \(label)", what: "this photo")
      rows = (look?.nearestByClass ?? []).map {
        PictureRow(
          pictures: $0.nearest.map(Picture.init), title: "most alike of", subject: classes[$0.class]
        )
      }
    }
  }

  /// A mistake, in `reportTemplate`.
  static let mistakeTemplate = """
    <article class="mistake">
    <div class="views">{{#views}}\(pictureTemplate){{/views}}</div>
    <p class="verdict"><span class="said"><bdi><b>{{predicted}}</b></bdi> {{confidence}}</span><span class="was"><bdi><b>{{truth}}</b></bdi> {{probabilityOfTruth}}</span><span class="path"><bdi>{{path}}</bdi></span></p>
    {{#near}}\(rowTemplate){{/near}}
    </article>

    """

  /// A suspect with its pictures, in `reportTemplate`.
  static let suspectTemplate = """
    <article class="suspect">
    <p class="verdict"><span>labelled <bdi><b>{{label}}</b></bdi> {{probabilityOfLabel}}</span><span>might be <bdi><b>{{suggested}}</b></bdi> {{probabilityOfSuggested}}</span><span class="path"><bdi>{{path}}</bdi></span></p>
    <div class="strip">{{#photo}}<div class="views">\(pictureTemplate)</div>{{/photo}}{{#rows}}\(rowTemplate){{/rows}}</div>
    </article>

    """

  private static let rowTemplate = """
    <div class="near"><p>{{title}}{{#subject}} <bdi><b>{{subject}}</b></bdi>{{/subject}}</p><div>{{#pictures}}\(pictureTemplate){{/pictures}}</div></div>
    """

  static let pictureTemplate = """
    <figure>{{#picture}}<img alt="{{alt}}" src="data:image/jpeg;base64,{{picture}}">{{/picture}}{{^picture}}<div class="blank">no picture</div>{{/picture}}<figcaption>{{what}}{{#subject}} <bdi>{{subject}}</bdi>{{/subject}}{{#figure}} <span class="soft">{{figure}}</span>{{/figure}}</figcaption></figure>
    """

  static let lookStyle = """

    .mistakes{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:1.5rem 1rem}
    .mistakes.wide,.suspectcards{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,25rem),1fr));gap:2rem 1.5rem}
    .views{display:grid;grid-template-columns:repeat(auto-fit,minmax(5rem,1fr));gap:.5rem}
    .wide .views{grid-template-columns:repeat(3,1fr)}
    .mistake img,.suspect img,.blank{display:block;width:100%;aspect-ratio:1;object-fit:contain;background:var(--wash);border-radius:.375rem}
    .blank{display:grid;place-items:center;color:var(--soft);font-size:.75rem;text-align:center}
    figcaption{font-size:.75rem;line-height:1.35;margin-top:.2rem;color:var(--soft);overflow-wrap:anywhere}
    .verdict{font-size:.8125rem;line-height:1.35;margin-top:.3rem;overflow-wrap:anywhere}.verdict span{display:block}
    .near{margin-top:.5rem}.near p{font-size:.75rem;line-height:1.35;color:var(--soft);margin-bottom:.2rem;overflow-wrap:anywhere}
    .near>div{display:grid;grid-template-columns:repeat(4,1fr);gap:.375rem}
    .strip{display:grid;grid-template-columns:1fr 2fr 2fr;gap:.375rem .75rem;margin-top:.4rem;align-items:end}
    .strip .views{grid-template-columns:1fr}.strip .near{margin:0}.strip .near>div{grid-template-columns:1fr 1fr}
    """
}
