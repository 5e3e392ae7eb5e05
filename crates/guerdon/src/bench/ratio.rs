//! `guerdon bench ratio`: medians of two series measured in turn, and how they compare.

use super::BenchError;
use clap::Args;

/// Arguments of `guerdon bench ratio`.
#[derive(Debug, Args)]
pub(crate) struct RatioArgs {
    /// What the first series measured
    #[arg(long)]
    left_name: String,
    /// The first series, one figure per round
    #[arg(long, value_delimiter = ',', required = true)]
    left: Vec<f64>,
    /// What the second series measured
    #[arg(long)]
    right_name: String,
    /// The second series, one figure per round
    #[arg(long, value_delimiter = ',', required = true)]
    right: Vec<f64>,
    /// The unit of both
    #[arg(long, default_value = "/s")]
    unit: String,
}

/// Prints both series, their medians and the ratio of the first to the second.
pub(crate) fn run(args: &RatioArgs) -> Result<(), BenchError> {
    let left = median(&args.left).ok_or(BenchError::NoFigures)?;
    let right = median(&args.right).ok_or(BenchError::NoFigures)?;
    let ratio = ratio(left, right).ok_or(BenchError::NoFigures)?;
    let width = args.left_name.chars().count().max(args.right_name.chars().count());
    let line = |name: &str, middle: f64, rounds: &[f64]| {
        let rounds: Vec<String> = rounds.iter().map(|figure| format!("{figure:.1}")).collect();
        format!("{name:<width$}  {middle:>12.1} {}   (rounds: {})\n", args.unit, rounds.join(", "))
    };
    let mut text = line(&args.left_name, left, &args.left);
    text.push_str(&line(&args.right_name, right, &args.right));
    text.push_str(&format!("{:<width$}  {ratio:>12.3}\n", "ratio"));
    super::print(&text)
}

/// The middle figure, or the mean of the two in the middle; none of none, nor of what is no number.
pub(super) fn median(figures: &[f64]) -> Option<f64> {
    if figures.iter().any(|figure| !figure.is_finite()) {
        return None;
    }
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let upper = *sorted.get(sorted.len() / 2)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    sorted.get(sorted.len() / 2 - 1).map(|lower| (lower + upper) / 2.0)
}

/// How many times `right` goes into `left`.
pub(super) fn ratio(left: f64, right: f64) -> Option<f64> {
    (right > 0.0).then(|| left / right)
}
