import Files
import ImagePipeline

extension PhotoProblem.Kind {
  /// All kinds, the gravest first: what is lost, what spoils figures, what concerns classes, and what
  /// is good to know.
  package static let bySeverity: [PhotoProblem.Kind] = {
    let grave = allCases.filter(\.leavesOut)
    let others: [PhotoProblem.Kind] = [
      .unlistable, .linkLoop, .emptySplit, .unknownClass, .emptyClass, .leak, .conflictingLabels,
      .absentClass,
      .smallClass, .imbalance, .numericNames, .hidden, .duplicate, .nearDuplicate, .decoderWarning,
      .wrongExtension, .cmyk, .rotated, .tiny, .extremeAspect,
    ]
    let named = grave + others
    return named + allCases.filter { !named.contains($0) }
  }()

  /// A few words for a heading.
  package var title: String {
    switch self {
    case .unreadable: "cannot be read"
    case .empty: "empty files"
    case .truncated: "cut short"
    case .damaged: "damaged"
    case .unsupported: "not supported"
    case .notAnImage: "not an image"
    case .tooLarge: "too large"
    case .sameName: "named like another"
    case .wrongExtension: "wrong file extension"
    case .cmyk: "printing colours (CMYK)"
    case .rotated: "rotated by EXIF"
    case .tiny: "tiny"
    case .extremeAspect: "extreme aspect ratio"
    case .decoderWarning: "remarks of the decoder"
    case .duplicate: "duplicates"
    case .nearDuplicate: "near-duplicates"
    case .leak: "the same picture in two splits"
    case .conflictingLabels: "the same picture in two classes"
    case .emptySplit: "splits without a usable photo"
    case .emptyClass: "classes without a usable photo"
    case .smallClass: "small classes"
    case .imbalance: "imbalance"
    case .numericNames: "numbers as class names"
    case .unknownClass: "unknown classes"
    case .absentClass: "absent classes"
    case .hidden: "hidden folders"
    case .linkLoop: "links in a circle"
    case .unlistable: "folders that cannot be listed"
    }
  }

  /// What it means for training; one sentence.
  package var meaning: Sentence {
    switch self {
    case .unreadable, .empty, .truncated, .damaged, .unsupported, .notAnImage, .tooLarge, .sameName:
      "Left out of training and of every figure."
    case .wrongExtension: "Used: the content decides, not the name."
    case .cmyk: "Used, converted to RGB; colours may differ from those of a print."
    case .rotated: "Used, turned upright."
    case .tiny: "Used, enlarged to the network's size."
    case .extremeAspect:
      "Used; cropping loses most of it, \(.squash) distorts it, \(.fit) leaves it few pixels."
    case .decoderWarning: "Used: all of the picture could be decoded."
    case .duplicate, .nearDuplicate:
      "Used; copies stay on one side when validation photos are split off."
    case .leak: "Used; figures on such photos are too good, for they were trained on."
    case .conflictingLabels: "Used; no classifier can be right about both."
    case .emptySplit: "As if it were not there; to validate, training photos are set apart."
    case .emptyClass: "An error for training, unless \(.allowEmptyClasses) is given."
    case .smallClass: "Used; few photos teach little, and figures on them say little."
    case .imbalance: "The large class may win where in doubt; \(.balance) counters it."
    case .numericNames: "A label is the name's place in text order, not its value."
    case .unknownClass: "Not used: the label map does not have it."
    case .absentClass: "Figures say nothing about it."
    case .hidden: "Ignored."
    case .linkLoop: "Not followed: that folder is read already."
    case .unlistable: "Nothing in it can be used."
    }
  }
}
