/** Counts that scatter more than by chance alone: variance = mean + dispersion * mean^2 (negative binomial; dispersion 0: Poisson). */
export interface Expected {
  readonly mean: number;
  readonly dispersion: number;
}

/** Up to this mean the terms of the distribution are added up; beyond it the terms are many and the curve is smooth. */
const EXACT_MEAN = 300;
const MOST_TERMS = 50_000;

/** The standard normal deviate that is exceeded with probability `tail` < 0.5 (Abramowitz and Stegun, 26.2.23; right to 0.00045). */
function deviate(tail: number): number {
  const t = Math.sqrt(-2 * Math.log(tail));
  return t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

/** The smallest count that so many or more come to with a probability of `tail` (above 0, below 0.5) at most. */
export function unusualFrom({ mean, dispersion }: Expected, tail: number): number {
  if (mean <= 0) return 1;
  if (mean > EXACT_MEAN) {
    // As a gamma distribution of the same mean and variance, by the cube root of Wilson and Hilferty (1931).
    const shape = mean / (1 + dispersion * mean);
    return Math.ceil(mean * Math.max(0, 1 - 1 / (9 * shape) + deviate(tail) / (3 * Math.sqrt(shape))) ** 3) + 1;
  }
  const size = dispersion > 1e-9 ? 1 / dispersion : 0;
  let term = size > 0 ? Math.exp(-size * Math.log1p(mean / size)) : Math.exp(-mean);
  let below = term;
  let count = 1;
  while (1 - below > tail && count < MOST_TERMS) {
    term *= size > 0 ? ((count - 1 + size) / count) * (mean / (mean + size)) : mean / count;
    below += term;
    count++;
  }
  return count;
}
