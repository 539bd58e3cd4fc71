import Files
import Testing

@Suite("Numbers by counter")
struct CounterRandomTests {
  @Test("depend on seed, epoch and index, and on nothing else")
  func independence() {
    var first = CounterRandom(seed: 1, epoch: 2, index: 3)
    var again = CounterRandom(seed: 1, epoch: 2, index: 3)
    #expect((0..<10).map { _ in first.next() } == (0..<10).map { _ in again.next() })
    let keys: [(UInt64, UInt64, UInt64)] = [(1, 2, 3), (2, 2, 3), (1, 3, 3), (1, 2, 4), (3, 2, 1)]
    let draws = keys.map { key in
      var random = CounterRandom(seed: key.0, epoch: key.1, index: key.2)
      return random.next()
    }
    #expect(Set(draws).count == draws.count)
  }

  @Test("of a Beta distribution are shares, however small or large its number")
  func beta() {
    for alpha in [
      .leastNonzeroMagnitude, 2048 * .leastNonzeroMagnitude, 1e-300, 1e-9, 0.2, 1, 1e9, 1e300,
    ] as [Double] {
      let draws = (0..<200).map { index in
        var random = CounterRandom(seed: 3, epoch: 0, index: UInt64(index))
        return random.beta(alpha)
      }
      #expect(draws.allSatisfy { (0...1).contains($0) }, "\(alpha)")
      let mean = draws.reduce(0, +) / 200
      #expect((0.35...0.65).contains(mean), "\(alpha): \(mean)")
    }
  }

  @Test("are uniform")
  func uniform() {
    var bins = [Int](repeating: 0, count: 10)
    for index in 0..<20_000 { bins[Int(CounterRandom.uniform(7, UInt64(index)) * 10)] += 1 }
    #expect(bins.allSatisfy { (1850...2150).contains($0) }, "\(bins)")
  }

  @Test("are the ones that runs so far were made with")
  func golden() {
    func draws(_ random: CounterRandom) -> [UInt64] {
      var random = random
      return (0..<3).map { _ in random.next() }
    }
    // SplitMix64 in Python's integers.
    #expect(
      draws(CounterRandom(seed: 7))
        == [
          0x63CB_E1E4_5932_0DD7,
          0x044C_3CD7_F43C_661C,
          0xE698_4080_BAB1_2A02,
        ])
    #expect(
      draws(CounterRandom(seed: 1, epoch: 2, index: 3))
        == [
          0xB2AF_5652_F1EE_52FA,
          0x4830_FF8E_849C_1554,
          0x10A4_B84F_DF3D_BA6E,
        ])
    #expect(
      draws(CounterRandom(key: 1, 2, 3))
        == [
          0x6A15_B3E6_74C8_8CCD,
          0xD34E_1C70_2892_FF7D,
          0x64C7_4BC2_C3CB_13A0,
        ])
    #expect(CounterRandom.mix(7, 1) == 0x044C_3CD7_F43C_661C)
    var random = CounterRandom(seed: 7)
    #expect(random.remainder(1000) == 487)
    #expect(random.below(1000) == 16)
    #expect(shuffledOrder(count: 8, seed: 3, epoch: 1) == [2, 7, 0, 4, 3, 1, 6, 5])
  }

  @Test("shuffles are permutations that depend on seed and epoch")
  func shuffles() {
    let order = shuffledOrder(count: 100, seed: 3, epoch: 1)
    #expect(order.sorted() == Array(0..<100))
    #expect(order == shuffledOrder(count: 100, seed: 3, epoch: 1))
    #expect(order != shuffledOrder(count: 100, seed: 3, epoch: 2))
    #expect(order != shuffledOrder(count: 100, seed: 4, epoch: 1))
    #expect(shuffledOrder(count: 0, seed: 1, epoch: 1) == [])
    #expect(shuffledOrder(count: 1, seed: 1, epoch: 1) == [0])
  }
}
