import TransferLearning

extension Sentence {
  /// With the options of this program for remedies.
  var withOptions: String { text(\.options) }
}

extension Remedy {
  /// What does it on the command line, to stand where `description` would.
  var options: String {
    switch self {
    case .lowerRate: "a lower --learning-rate"
    case .findRate: "--find-rate"
    case .smallerBatch: "a smaller --batch-size"
    case .smallerImages: "--image-size"
    case .fewerThreads: "fewer --threads"
    case .moreMemory: "a larger --memory"
    case .frozenNorms: "--batch-norm frozen"
    case .labelSmoothing: "--label-smoothing 0.1"
    case .strongerAugmentation: "a stronger --augment"
    case .weightDecay: "--weight-decay"
    case .fewerStages: "fewer stages (--plan head)"
    case .budget(let minutes): "--budget \(minutes)m"
    case .otherPlan: "another --plan"
    case .threads(let count): "--threads \(count)"
    case .headInSteps: "--head sgd"
    case .allowEmptyClasses: "--allow-empty-classes"
    case .squash: "'--resize squash'"
    case .fit: "'--resize fit'"
    case .balance: "'--balance'"
    case .balanceByWeights: "--balance weights"
    case .nameLabels: "--labels FILE with their names, one a line"
    case .inspect: "'finetune inspect'"
    case .base(let name): "--base" + (name.map { " \($0)" } ?? "")
    case .shippedBase:
      "--base mobilenet --alpha 0.25 --image-size 128 --weights \(Self.shippedBasePath)"
    case .fetch(let model): "'finetune weights fetch \(model)'"
    case .fetchCandidates: "--fetch"
    case .nameCandidates: "--candidates"
    case .alpha(let alpha): "--alpha \(alpha)"
    case .listModels: "'finetune models'"
    case .listNodes(let model): "'finetune models \(model)'"
    case .allowMissing: "--allow-missing PATTERN"
    case .weightFile: "--weights FILE"
    case .otherWeights: "--weights"
    case .randomWeights: "--weights none to start from random values"
    case .namePreprocessing(let names):
      "--preprocessing" + (names.isEmpty ? "" : " " + names.joined(separator: "|"))
    case .nameResize(let names): "--resize " + names.joined(separator: "|")
    case .without(let setting): setting.option
    case .otherOutput: "another --output"
    case .resume(let run): run.map { "'finetune --output \($0) --resume'" } ?? "--resume"
    case .evaluate(let run): "'finetune evaluate \(run) --data DIR --report FILE.html'"
    case .measureOnSamePhotos: "--data DIR"
    case .otherPort: "another --port"
    case .otherHost: "a --host"
    }
  }
}

extension Remedy.Setting {
  fileprivate var option: String {
    switch self {
    case .alpha: "--alpha"
    case .channels: "--channels"
    case .preprocessing: "--preprocessing"
    case .isOffline: "--offline"
    case .isStrict: "--strict"
    }
  }
}
