import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Names that would command a terminal", .serialized)
struct StrangeNameTests {
  /// A class that sets a terminal's title, turns text around and cannot be seen.
  private static let name = "re\u{1B}]0;x\u{7}\u{9B}2J\u{202E}\u{61C}d"

  @Test(
    "are written out wherever they are told, and are themselves where programs read them",
    arguments: [
      ["predict", "run", "photos"], ["predict", "run", "photos", "--json"],
      ["predict", "run", "photos", "--jsonl"], ["evaluate", "run", "--data", "photos"],
      ["evaluate", "run", "--data", "photos", "--json"], ["inspect", "--data", "photos"],
      ["inspect", "--data", "photos", "--json"],
      ["inspect", "--data", "photos", "--strict"], ["runs", "."],
      ["export", "run", "--output", "\(name).keras"], ["report", "run"],
      ["features", "run", "--data", "photos", "--output", "\(name).h5"],
      ["weights", "show", "\(name).h5"], ["predict", "run", "\(name).jpg"],
      ["predict", "\(name)", "photos"], ["evaluate", "run", "--data", name],
      ["\(name)"], ["predict", "run", "photos", "--\(name)"],
    ])
  func told(_ command: [String]) throws {
    let scratch = try Self.folder.get()
    let outcome = try Finetune.run(command, in: scratch.url)
    for text in [outcome.output, outcome.errors] {
      let commanding = text.unicodeScalars.filter {
        $0 != "\n" && $0 != "\t" && [.control, .format].contains($0.properties.generalCategory)
      }
      #expect(commanding.isEmpty, "\(text.debugDescription)")
    }
    if command.contains("--json"), command[0] == "evaluate" {
      #expect(try outcome.json()["classes"] as? [String] == ["blue", Self.name])
    }
  }

  @Test(
    "are told in a line of bounded length, whatever a file calls its tensors",
    arguments: ["a", "\u{301}"])
  func long(_ letter: String) throws {
    let scratch = try TemporaryFolder()
    let name = String(repeating: letter, count: 400_000)
    let header = Array(#"{"\#(name)":{"dtype":"Q8","shape":[1],"data_offsets":[0,1]}}"#.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> ($0 * 8)) }
    try scratch.write("long.safetensors", length + header + [0])
    let outcome = try Finetune.run(["weights", "show", "long.safetensors"], in: scratch.url)
    #expect(outcome.status == 65)
    #expect(outcome.errors.hasPrefix("finetune: 'long.safetensors' stores "))
    #expect(outcome.errors.hasSuffix("which is not read\n"))
    #expect(outcome.errors.contains("bytes left out") && outcome.errors.utf8.count < 8300)
  }

  @Test("are told by a training without commanding anything")
  func training() throws {
    let scratch = try Self.folder.get()
    for style in ["lines", "json"] {
      let outcome = try Finetune.run(
        Self.training + ["--output", "run-\(style)", "--progress", style], in: scratch.url)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(!outcome.errors.contains("\u{1B}") && !outcome.output.contains("\u{1B}"))
      #expect(!outcome.errors.contains("\u{202E}") && !outcome.output.contains("\u{202E}"))
    }
  }

  private static let training =
    Tiny.options + ["--weights", "tiny.h5", "--data", "photos", "--plan", "head"]

  private static let folder = Result {
    let scratch = try TemporaryFolder()
    for number in 0..<4 {
      try scratch.photo("photos/blue/\(number).jpg", class: 2, variant: number)
      try scratch.photo("photos/\(name)/\(number)\(name).jpg", class: 0, variant: number)
    }
    try scratch.write("photos/\(name)/damaged\(name).jpg", [1, 2, 3])
    try Tiny.writeWeights(to: scratch.path("tiny.h5"))
    try Tiny.writeWeights(to: scratch.path("\(name).h5"))
    let outcome = try Finetune.run(training + ["--output", "run"], in: scratch.url)
    guard outcome.status == 0 else { throw Finetune.Failed(errors: outcome.errors) }
    return scratch
  }
}
