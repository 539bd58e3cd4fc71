import Foundation
import TestSupport
import Testing
import TransferLearning

@Suite("Completions", .serialized)
struct CompletionTests {
  @Test(
    "are written for each shell, with the options of training behind the program's own name",
    arguments: ["bash", "zsh", "fish"])
  func scripts(_ shell: String) throws {
    let outcome = try Finetune.run(["--generate-completion-script", shell])
    #expect(outcome.status == 0 && outcome.errors.isEmpty)
    #expect(outcome.output.contains("---completion -- --base"))
    #expect(outcome.output.contains("---completion train -- --base"))
    #expect(outcome.output.contains("gradcam"))
    let other = try Finetune.run(["--generate-completion-script", "tcsh"])
    #expect(other.status == 64 && other.output.isEmpty)
  }

  @Test(
    "offer what is here and fits",
    arguments: [
      (
        ["--", "--base"], "", ["auto", "resnet50", "run", "own.keras", "photos/"],
        ["a.jpg", "notes"]
      ),
      (["--", "--base"], "runs/", ["runs/tuned"], ["runs/begun"]),
      (["train", "--", "--base"], "sub/", ["sub/model.h5"], ["sub/a.txt"]),
      (["--", "--plan"], "", ["adapt", "head", "mine.json"], ["own.keras"]),
      (["--", "--candidates"], "vgg16,", ["vgg16,resnet50"], ["resnet50"]),
      (
        ["evaluate", "--", "positional@0"], "", ["run", "runs/tuned"],
        ["runs/begun", "photos", "a.jpg"]
      ),
      (["predict", "--", "positional@0"], "", ["run"], ["a.jpg"]),
      (["models", "--", "positional@0"], "", ["vgg16", "own.keras"], ["run"]),
      (["weights", "fetch", "--", "positional@0"], "", ["vgg16"], ["own.keras"]),
    ])
  func candidates(_ asked: [String], _ prefix: String, _ offered: [String], _ absent: [String])
    throws
  {
    let scratch = try TemporaryFolder()
    for file in [
      "run/run.json", "runs/tuned/run.json", "runs/begun/job.json", "own.keras", "mine.json",
      "a.jpg", "notes", "photos/b.jpg", "sub/model.h5", "sub/a.txt", ".hidden/run.json",
    ] { try scratch.write(file) }
    let words = ["finetune", prefix]
    let outcome = try Finetune.run(
      ["---completion"] + asked + ["1", "\(prefix.count)"] + words, in: scratch.url)
    #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let found = Set(outcome.output.split(separator: "\n").map(String.init))
    for word in offered { #expect(found.contains(word), "\(word)") }
    for word in absent + [".hidden"] { #expect(!found.contains(word), "\(word)") }
  }

  @Test(
    "offer photos behind a run, and with a base from the beginning",
    arguments: [["run", ""], ["--base", "vgg16", ""]])
  func photos(_ typed: [String]) throws {
    let scratch = try TemporaryFolder()
    for file in ["run/run.json", "a.JPG", "notes"] { try scratch.write(file) }
    let outcome = try Finetune.run(
      [
        "---completion", "predict", "--", "positional@0", "\(typed.count + 1)", "0", "finetune",
        "predict",
      ]
        + typed, in: scratch.url)
    let found = outcome.output.split(separator: "\n").map(String.init)
    #expect(outcome.status == 0 && found.contains("a.JPG") && !found.contains("notes"), "\(found)")
  }
}
