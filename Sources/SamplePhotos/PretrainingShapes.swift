/// The classes that the embedded base is pretrained on; none of them is in the sample.
enum PretrainingShapes {
  static let all: [(name: String, build: ShapeBuilder)] = [
    ("aeroplane", aeroplane), ("apple", apple), ("bell", bell), ("boat", boat),
    ("cactus", cactus), ("candle", candle), ("car", car), ("cross", cross),
    ("die", die), ("dumbbell", dumbbell), ("gear", gear), ("glasses", glasses),
    ("hammer", hammer), ("heart", heart), ("hourglass", hourglass), ("house", house),
    ("ladder", ladder), ("lamp", lamp), ("mushroom", mushroom), ("rings", rings),
    ("snowman", snowman), ("spoon", spoon), ("star", star), ("umbrella", umbrella),
  ]
}
