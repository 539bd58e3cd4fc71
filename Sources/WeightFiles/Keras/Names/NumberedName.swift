/// A name that Keras made of a class and a count: `conv2d`, `conv2d_1`, `conv2d_2`…
struct NumberedName: Hashable, Comparable {
  let text: String
  /// What is before the number.
  let base: String
  /// 0 for a name without one.
  let number: Int

  init(_ text: String) {
    self.text = text
    if let underscore = text.lastIndex(of: "_"), underscore > text.startIndex,
      let number = Int(text[text.index(after: underscore)...]), number >= 0
    {
      (base, self.number) = (String(text[..<underscore]), number)
    } else {
      (base, number) = (text, 0)
    }
  }

  static func < (left: NumberedName, right: NumberedName) -> Bool {
    (left.base, left.number, left.text) < (right.base, right.number, right.text)
  }
}
