import Foundation
import Testing

extension Tag {
  /// Takes seconds of processor time even in release and alone.
  @Tag public static var slow: Self
}

extension Trait where Self == ConditionTrait {
  /// Goes with the tag `slow`, because `swift test` cannot leave tests out by their tags:
  /// `Tools/test.sh --quick` does.
  public static var unlessQuick: Self {
    .enabled(
      if: ProcessInfo.processInfo.environment["FINETUNE_TESTS"] != "quick", "slow ones are left out"
    )
  }
}
