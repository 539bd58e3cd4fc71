import ArgumentParser
import Foundation
import TransferLearning

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Writes a run's classifier in another format.",
    usage: "finetune export RUN --format head|keras-h5|keras|base --output FILE",
    discussion:
      "head: its dense layers alone, in Keras's layout. keras-h5: the whole model with its softmax (its sigmoids where photos have any number of labels), for keras.models.load_model. keras: the same as a .keras archive, for Keras 3. base: the network without its head, a weight file for --weights."
  )

  @Argument(help: ArgumentHelp("The folder that training wrote.", valueName: "RUN"))
  var folder: String

  @Option(help: ArgumentHelp("The format.", valueName: "head|keras-h5|keras|base"))
  var format: ExportFormat

  @Option(help: ArgumentHelp("The file to write.", valueName: "FILE"))
  var output: String

  func run() throws {
    let exported = try Run(URL(filePath: folder))
    try exported.export(format, to: URL(filePath: output))
    Output.note("wrote \(output)")
    if let licence = try exported.restriction {
      Output.note("its weights come from some under \(licence), which forbids commercial use")
    }
  }
}
