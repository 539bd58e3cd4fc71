/// A page of small pictures that shows a folder of photos: its classes, what is wrong with it, and
/// what a network sees of it.
///
/// All texts are the caller's; the page escapes them. Equal values give equal bytes.
public struct ContactSheet: Sendable {
  /// A small picture with what is written below it.
  public struct Picture: Sendable {
    public var path: String
    /// Such as its size; one line.
    public var detail: String?
    /// What is wrong with it, in few words each.
    public var marks: [String]
    /// A JPEG file; `nil` where there is nothing to show.
    public var jpeg: [UInt8]?

    public init(path: String, detail: String? = nil, marks: [String] = [], jpeg: [UInt8]? = nil) {
      self.path = path
      self.detail = detail
      self.marks = marks
      self.jpeg = jpeg
    }
  }

  /// A number with its name, and its length as a bar.
  public struct Row: Sendable {
    public var name: String
    public var value: String
    /// In front of the value, in further columns.
    public var parts: [String]
    /// `0...1`.
    public var share: Double

    public init(name: String, value: String, parts: [String] = [], share: Double) {
      self.name = name
      self.value = value
      self.parts = parts
      self.share = share
    }
  }

  /// Everything of one kind that somebody should know.
  public struct Finding: Sendable {
    public var title: String
    /// What it means for training.
    public var meaning: String
    /// Whether photos are lost by it.
    public var isLoss: Bool
    /// Those that can be shown.
    public var pictures: [Picture]
    /// The others: what and why.
    public var lines: [(path: String, detail: String)]
    /// How many are neither in `pictures` nor in `lines`.
    public var moreCount: Int

    public init(
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
  public struct Group: Sendable {
    public var title: String
    /// Behind the title.
    public var detail: String
    public var pictures: [Picture]

    public init(title: String, detail: String, pictures: [Picture]) {
      self.title = title
      self.detail = detail
      self.pictures = pictures
    }
  }

  /// A photo and what a network is shown of it.
  public struct ViewRow: Sendable {
    public var photo: Picture
    /// JPEG files; the first is the view of evaluation.
    public var views: [[UInt8]]

    public init(photo: Picture, views: [[UInt8]]) {
      self.photo = photo
      self.views = views
    }
  }

  /// The folder.
  public var title: String
  /// The number of usable photos, large.
  public var headline: String
  /// The line below it.
  public var summary: String
  /// Shown as a warning; `nil` for none.
  public var warning: String?
  /// Name, value and meaning of a few numbers.
  public var figures: [(name: String, value: String, meaning: String)] = []
  /// Heads of the columns before the last in `classes`.
  public var splitNames: [String] = []
  public var classes: [Row] = []
  public var sizes: [Row] = []
  public var findings: [Finding] = []
  public var duplicates: [Group] = []
  public var duplicateNote = ""
  public var photos: [Group] = []
  public var photoNote = ""
  public var views: [ViewRow] = []
  public var viewNote = ""
  /// How the page was made.
  public var facts: [(name: String, value: String)] = []

  public init(title: String, headline: String, summary: String, warning: String? = nil) {
    self.title = title
    self.headline = headline
    self.summary = summary
    self.warning = warning
  }
}
