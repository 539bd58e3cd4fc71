/// A page of small pictures that shows photos: a folder's, with its classes, what is wrong with it, and what a
/// network sees of it; or those that a classifier has answered for.
///
/// All texts are the caller's; the page escapes them. Equal values give equal bytes.
package struct ContactSheet: Sendable {
  /// A small picture with what is written below it.
  package struct Picture: Sendable {
    package var path: String
    /// Such as its size; one line.
    package var detail: String?
    /// What is wrong with it, in few words each.
    package var marks: [String]
    /// A JPEG file; `nil` where there is nothing to show.
    package var jpeg: [UInt8]?

    package init(path: String, detail: String? = nil, marks: [String] = [], jpeg: [UInt8]? = nil) {
      self.path = path
      self.detail = detail
      self.marks = marks
      self.jpeg = jpeg
    }
  }

  /// A number with its name, and its length as a bar.
  package struct Row: Sendable {
    package var name: String
    package var value: String
    /// In front of the value, in further columns.
    package var parts: [String]
    /// `0...1`.
    package var share: Double

    package init(name: String, value: String, parts: [String] = [], share: Double) {
      self.name = name
      self.value = value
      self.parts = parts
      self.share = share
    }
  }

  /// Everything of one kind that somebody should know.
  package struct Finding: Sendable {
    package var title: String
    /// What it means for training.
    package var meaning: String
    /// Whether photos are lost by it.
    package var isLoss: Bool
    /// Those that can be shown.
    package var pictures: [Picture]
    /// The others: what and why.
    package var lines: [(path: String, detail: String)]
    /// How many are neither in `pictures` nor in `lines`.
    package var moreCount: Int

    package init(
      title: String, meaning: String, isLoss: Bool, pictures: [Picture],
      lines: [(path: String, detail: String)], moreCount: Int
    ) {
      self.title = title
      self.meaning = meaning
      self.isLoss = isLoss
      self.pictures = pictures
      self.lines = lines
      self.moreCount = moreCount
    }
  }

  /// Pictures under a heading.
  package struct Group: Sendable {
    package var title: String
    /// Behind the title.
    package var detail: String
    package var pictures: [Picture]

    package init(title: String, detail: String, pictures: [Picture]) {
      self.title = title
      self.detail = detail
      self.pictures = pictures
    }
  }

  /// A photo and what a network is shown of it.
  package struct ViewRow: Sendable {
    package var photo: Picture
    /// JPEG files; the first is the view of evaluation.
    package var views: [[UInt8]]

    package init(photo: Picture, views: [[UInt8]]) {
      self.photo = photo
      self.views = views
    }
  }

  /// Headings that depend on what the photos are shown for.
  package struct Words: Sendable {
    /// In front of the title.
    package var kicker: String
    /// Over `sizes`, and what they are of.
    package var sizes: String
    package var sizeNote: String
    /// Over the names of `sizes`.
    package var size: String

    /// Of a page about a folder.
    package static let folder = Words(
      kicker: "Photos of", sizes: "Sizes", sizeNote: "Of the shorter side, in pixels.",
      size: "Shorter side")
    /// Of a page about a classifier's answers.
    package static let answers = Words(
      kicker: "Answers of", sizes: "Confidence",
      sizeNote: "How likely the class is that was answered, as the classifier sees it.",
      size: "Probability")
    /// Of one whose classes do not exclude one another.
    package static let answersOfSets = Words(
      kicker: "Answers of", sizes: "Confidence",
      sizeNote: "How likely the most probable class of a photo is, as the classifier sees it.",
      size: "Probability")
  }

  package var words = Words.folder
  /// The folder, or who has answered.
  package var title: String
  /// The number of usable photos, large.
  package var headline: String
  /// The line below it.
  package var summary: String
  /// Shown as a warning; `nil` for none.
  package var warning: String?
  /// Name, value and meaning of a few numbers.
  package var figures: [(name: String, value: String, meaning: String)] = []
  /// Heads of the columns before the last in `classes`.
  package var splitNames: [String] = []
  package var classes: [Row] = []
  /// By size, or by what `words` say.
  package var sizes: [Row] = []
  package var findings: [Finding] = []
  package var duplicates: [Group] = []
  package var duplicateNote = ""
  package var photos: [Group] = []
  package var photoNote = ""
  package var views: [ViewRow] = []
  package var viewNote = ""
  /// How the page was made.
  package var facts: [(name: String, value: String)] = []

  package init(title: String, headline: String, summary: String, warning: String? = nil) {
    self.title = title
    self.headline = headline
    self.summary = summary
    self.warning = warning
  }
}
