import FineTuning
import Foundation
import ImagePipeline
import NeuralNetworks
import Testing

@Suite("Settings of plans")
struct SettingTests {
  /// A value for each setting that is not its default, as JSON.
  private static let others = [
    "name": #""mine""#, "scope": #""last 2""#, "method": #""solve""#, "epochs": "7",
    "minimumSteps": "9", "rateWidth": "100", "keep": #""end""#, "photos": #""all""#,
    "batchSize": "8", "accumulation": "2", "optimizer": #"{"name": "lars", "trust": 0.01}"#,
    "learningRate": "0.5", "schedule": #"{"name": "step", "every": 2}"#, "stageDecay": "1.5",
    "warmUp": "0.25", "weightDecay": "0.001", "labelSmoothing": "0.1", "clip": "2.5",
    "batchNorm": #""train""#, "augmentation": #"{"hue": 0.1}"#, "earlyStop": "4", "ema": "0.9",
    "balance": #""weights""#, "views": "3",
  ]

  private static let keys = Phase.settings.filter { !$0.isPart }.map(\.key)

  private func phase(_ settings: [String: String]) throws -> Phase {
    try decoded(Phase.self, settings)
  }

  private func decoded<Value: Decodable>(
    _ type: Value.Type, _ settings: [String: String]
  ) throws -> Value {
    let members = settings.map { "\"\($0.key)\": \($0.value)" }.joined(separator: ", ")
    return try JSONDecoder().decode(type, from: Data("{\(members)}".utf8))
  }

  @Test("each comes back from JSON as it was", arguments: Self.keys)
  func roundTrip(key: String) throws {
    var settings = ["name": #""p""#, "scope": #""head""#, "method": #""sgd""#]
    let usual = try phase(settings)
    let other: String = try #require(Self.others[key], "no value to test '\(key)' with")
    settings[key] = other
    let changed = try phase(settings)
    #expect(changed != usual)
    #expect(try JSONDecoder().decode(Phase.self, from: JSONEncoder().encode(changed)) == changed)
  }

  @Test("none has another's key, and all that are offered as options have a text")
  func list() {
    for keys in [Phase.settings.map(\.key), HeadLayers.settings.map(\.key)] {
      #expect(Set(keys).count == keys.count)
    }
    let offered = Phase.settings.compactMap(\.option).map(\.help)
    #expect(Set(offered).count == offered.count && offered.allSatisfy { $0.hasSuffix(".") })
    #expect(offered.allSatisfy { !$0.contains("--") })
  }

  @Test("a key that is none is refused, with those there are")
  func unknown() throws {
    var settings = Self.others
    settings["epoch"] = "3"
    let error = #expect(throws: DecodingError.self) { try phase(settings) }
    let expected =
      "'epoch' is not a setting; expected one of name, scope, method, epochs, minimumSteps, batchSize,"
    #expect("\(try #require(error))".contains(expected))
  }

  @Test("those chosen take the place of the phase's own, in JSON and after it")
  func choices() throws {
    var wanted = Self.others
    for key in ["name", "scope"] { wanted[key] = nil }
    let chosen = try decoded(Choices<Phase>.self, wanted)
    let again = try JSONDecoder().decode(
      Choices<Phase>.self, from: JSONEncoder().encode(chosen))
    for choices in [chosen, again] {
      var changed = try phase(["name": #""p""#, "scope": #""head""#, "method": #""sgd""#])
      choices.apply(to: &changed)
      wanted["name"] = #""p""#
      wanted["scope"] = #""head""#
      #expect(try changed == phase(wanted))
    }
    #expect(throws: DecodingError.self) { try decoded(Choices<Phase>.self, ["epoch": "3"]) }
  }

  @Test("what is off is chosen by its own number, parts after their whole, the last choice wins")
  func parts() throws {
    var first = Choices<Phase>()
    #expect(first.isEmpty)
    first.choose(\.clip, 0)
    first.choose(\.augmentation.pcaSigma, 0.3)
    first.choose(\.augmentation, .standard)
    first.choose(\.epochs, 5)
    first.choose(\.ema, nil)
    var second = Choices<Phase>()
    second.choose(\.epochs, 9)
    let merged = first.merging(second)
    #expect(merged.value(\.epochs) == 9 && merged.value(\.clip) == 0)
    #expect(!merged.contains("ema") && !merged.isEmpty)
    var phase = FineTuningPlan.lastStage.phases[1]
    merged.apply(to: &phase, except: [.epochs])
    #expect(phase.clip == nil && phase.epochs == FineTuningPlan.lastStage.phases[1].epochs)
    var recipe = Augmentation.standard
    recipe.pcaJitter = .init(sigma: 0.3)
    #expect(phase.augmentation == recipe)
  }

  @Test("another optimizer brings its customary rate, unless one is chosen")
  func customaryRate() {
    var phase = FineTuningPlan.lastStage.phases[1]
    let rate = phase.learningRate
    var choices = Choices<Phase>()
    choices.choose(\.optimizer, .sgd(momentum: 0.1))
    choices.apply(to: &phase)
    #expect(phase.optimizer == .sgd() && phase.learningRate == rate)
    choices.choose(\.optimizer, .lars())
    choices.apply(to: &phase)
    #expect(phase.optimizer == .lars() && phase.learningRate == rate * 30)
    choices.choose(\.learningRate, 0.5)
    choices.choose(\.optimizer, .adamW())
    choices.apply(to: &phase)
    #expect(phase.optimizer == .adamW() && phase.learningRate == 0.5)
  }

  @Test("an error says which setting it is about")
  func errors() {
    var plan = FineTuningPlan.lastStage
    plan.phases[1].schedule = .step(every: 0)
    #expect(throws: PlanError("", setting: "schedule")) { try rethrowing(plan.validate) }
    plan = .head.withHead(HeadLayers(hidden: 0))
    #expect(throws: PlanError("", setting: "hidden")) { try rethrowing(plan.validate) }
    #expect(throws: PlanError("", setting: "batchSize")) {
      try rethrowing { try FineTuningPlan.full.requireBatches(of: 3) }
    }
    #expect(throws: PlanError("")) {
      try rethrowing(FineTuningPlan(name: "none", phases: []).validate)
    }
  }

  /// Drops the words of an error.
  private func rethrowing(_ body: () throws -> Void) throws {
    do { try body() } catch let error as PlanError {
      throw PlanError("", setting: error.setting)
    }
  }
}
