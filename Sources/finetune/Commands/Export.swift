import ArgumentParser
import Foundation
import TransferLearning

struct Export: ParsableCommand, Talkative {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a run's classifier in another format.",
    usage: "finetune export RUN --output FILE",
    discussion:
      "keras, keras-h5 and onnx hold the whole network, from pixels of 0...255 of its size to probabilities: preprocessing and temperature are inside. safetensors: all weights by timm's, torchvision's or Keras's names. head: the dense layers alone, bound to their base (see attach). base: the network without its head, a weight file for --weights. Labels, preprocessing, base and licence are stored in each but base."
  )

  @Argument(
    help: ArgumentHelp("The folder that training wrote.", valueName: "RUN"),
    completion: Candidates.runs)
  var folder: String

  @OptionGroup var choices: ExportChoices
  @OptionGroup var told: QuietOptions

  var volume: Output.Volume { told.volume }

  func run() throws {
    let choice = try choices.resolve(apartFrom: [folder])
    let run = try Run(URL(filePath: folder))
    try ExportedClassifier(run).export(choice, named: choices.output, of: run)
  }
}
