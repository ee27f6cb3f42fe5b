/** Means below this are as good as none: a first one of something is not a wonder of arithmetic. */
const LEAST_MEAN = 0.02;

/**
 * How rare so many or more are where counts have this mean and variance: the Chernoff bound of the negative binomial's tail, in bits. It never
 * underflows, and grows with the count. 0 up to the mean.
 */
export function tailBits(count: number, mean: number, variance: number): number {
  const usual = Math.max(mean, LEAST_MEAN);
  if (count <= usual) return 0;
  // Counts of people are never as even as a Poisson's.
  const spread = Math.max(variance, usual * 1.2 + 0.3);
  const share = usual / spread;
  const shape = (usual * share) / (1 - share);
  return Math.max(0, Math.log2(count / usual) * count - Math.log2((count + shape) / (usual + shape)) * (count + shape));
}
