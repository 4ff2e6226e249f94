/**
 * What simulations of the guarantees share: how sure a simulated rate is.
 *
 * Owns: the error bars of a simulation. Used by tests only.
 */

/** The largest true rate that `hits` of `trials` leave open at 95 %, one-sided: Clopper & Pearson's exact bound. */
export function atMost(hits: number, trials: number): number {
  return boundary((rate) => atMostProbability(hits, trials, rate) > 0.05)
}

/** The smallest true rate that `hits` of `trials` leave open at 95 %, one-sided. */
export function atLeast(hits: number, trials: number): number {
  return 1 - atMost(trials - hits, trials)
}

/** P(X ≤ hits) for X ~ Binomial(trials, rate). */
function atMostProbability(hits: number, trials: number, rate: number): number {
  let log = trials * Math.log1p(-rate)
  let sum = Math.exp(log)
  for (let k = 1; k <= hits; k += 1) {
    log += Math.log((trials - k + 1) / k) + Math.log(rate / (1 - rate))
    sum += Math.exp(log)
  }
  return sum
}

function boundary(open: (rate: number) => boolean): number {
  let [low, high] = [0, 1]
  for (let halving = 0; halving < 50; halving += 1) {
    const middle = (low + high) / 2
    if (open(middle)) low = middle
    else high = middle
  }
  return high
}
