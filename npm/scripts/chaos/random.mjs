// Random numbers that follow from a seed (SplitMix64), so that a run can be repeated.

const wide = (number) => BigInt.asUintN(64, number);

export class Random {
  #state;

  constructor(seed) {
    this.#state = BigInt(seed);
  }

  /** 64 random bits. */
  bits() {
    this.#state = wide(this.#state + 0x9e3779b97f4a7c15n);
    let bits = this.#state;
    bits = wide((bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n);
    bits = wide((bits ^ (bits >> 27n)) * 0x94d049bb133111ebn);
    return bits ^ (bits >> 31n);
  }

  /** A whole number from `low` to `high`, both included. */
  between(low, high) {
    return low + Number(this.bits() % BigInt(high - low + 1));
  }

  /** True once in `n` times. */
  onceIn(n) {
    return this.between(1, n) === 1;
  }
}
