/** Creates a function that draws binomially distributed numbers of up to `maximum` trials from a uniform number in [0, 1). */
export function createBinomial(maximum: number): (trials: number, probability: number, uniform: number) => number {
  const logFactorials = new Float64Array(maximum + 1);
  for (let n = 2; n <= maximum; n++) logFactorials[n] = logFactorials[n - 1]! + Math.log(n);
  return (trials, probability, uniform) => {
    if (trials === 0 || probability <= 0) return 0;
    if (probability >= 1) return trials;
    // Subtracts the probabilities of the numbers, from the most probable number outwards, until none of the uniform number is left.
    const mode = Math.min(trials, Math.floor((trials + 1) * probability));
    const choices = logFactorials[trials]! - logFactorials[mode]! - logFactorials[trials - mode]!;
    const odds = probability / (1 - probability);
    let [above, below] = [mode, mode];
    let massAbove = Math.exp(choices + mode * Math.log(probability) + (trials - mode) * Math.log1p(-probability));
    let massBelow = massAbove;
    let rest = uniform - massAbove;
    while (rest >= 0 && (above < trials || below > 0) && massAbove + massBelow > 0) {
      massAbove *= (odds * (trials - above)) / (above + 1);
      if (above < trials) rest -= massAbove;
      if (above < trials) above++;
      if (rest < 0) return above;
      massBelow *= below / (odds * (trials - below + 1));
      if (below > 0) rest -= massBelow;
      if (below > 0) below--;
      if (rest < 0) return below;
    }
    return mode;
  };
}
