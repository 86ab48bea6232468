"""The two distributions that spread needs: the negative binomial, its tails, and quantiles of the Gamma."""

import math

_STEPS = 300
_CLOSE = 1e-9
_TINY = 1e-300
_FLAT = 1e-14  # a density that is too small for Newton's step


def at_least(count: float, mean: float, shape: float) -> float:
    """Return the chance that a negative binomial variable is `count` or more; continuous in `count`.

    It is the regularised incomplete beta function I_p(count, shape) at p = mean / (mean + shape).
    """
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    p, rest = mean / (mean + shape), shape / (mean + shape)
    front = math.exp(
        math.lgamma(count + shape)
        - math.lgamma(count)
        - math.lgamma(shape)
        + count * math.log(p)
        + shape * math.log(rest)
    )
    if p < (count + 1) / (count + shape + 2):
        return min(1.0, front * _fraction(count, shape, p) / count)
    return max(0.0, 1 - front * _fraction(shape, count, rest) / shape)


def log_count(count: int, mean: float, shape: float) -> float:
    """Return the logarithm of the chance of `count` under a negative binomial distribution."""
    return log_ways(count, shape) + log_of_mean(count, mean, shape)


def log_ways(count: int, shape: float) -> float:
    """Return the part of `log_count` that is the same for all means."""
    return math.lgamma(count + shape) - math.lgamma(shape) - math.lgamma(count + 1)


def log_of_mean(count: int, mean: float, shape: float) -> float:
    """Return the part of `log_count` that the mean has a say in."""
    return -shape * math.log1p(mean / shape) - count * math.log1p(shape / mean)


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of the incomplete beta function (Lentz's way; DLMF 8.17.22)."""
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > _TINY else _TINY)
    found = d
    for m in range(1, _STEPS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / (1 + even * d or _TINY)
        c = 1 + even / c or _TINY
        found *= d * c
        d = 1 / (1 + odd * d or _TINY)
        c = 1 + odd / c or _TINY
        step = d * c
        found *= step
        if abs(step - 1) < _CLOSE:
            break
    return found


def gamma_quantile(shape: float, chance: float) -> float:
    """Return what a Gamma(shape, rate 1) variable stays below with this chance, to about 2 %."""
    if chance <= 0:
        return 0.0
    chance = min(chance, 1 - 1e-12)
    x = _first_guess(shape, chance)
    log_norm = math.lgamma(shape)
    for _ in range(3):  # Newton's steps in log x, where the distribution is nearly straight
        density = math.exp(shape * math.log(x) - x - log_norm)
        if density < _FLAT or x <= _TINY:
            break
        x *= math.exp(min(max((chance - _gamma_below(shape, x, log_norm)) / density, -1.5), 1.5))
    return x


def _first_guess(shape: float, chance: float) -> float:
    """Return a quantile from the lower tail's power law, or after Wilson and Hilferty (1931)."""
    low = math.exp(min((math.log(chance) + math.lgamma(shape + 1)) / shape, 700.0))
    if low < 0.2 * (shape + 1):
        return max(low, _TINY)
    ninth = 1 / (9 * shape)
    guess = 1 - ninth + _normal_quantile(chance) * math.sqrt(ninth)
    return shape * max(guess, 0.1) ** 3


def _normal_quantile(chance: float) -> float:
    """Return a quantile of the normal distribution to three digits (Hastings 1955)."""
    t = math.sqrt(-2 * math.log(min(chance, 1 - chance)))
    z = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)))
    return z if chance > 0.5 else -z  # noqa: PLR2004 - the median


def _gamma_below(shape: float, x: float, log_norm: float) -> float:
    """Return the regularised lower incomplete gamma function, by series or continued fraction."""
    front = math.exp(shape * math.log(x) - x - log_norm)
    if x < shape + 1:
        term = total = 1 / shape
        for n in range(1, _STEPS):
            term *= x / (shape + n)
            total += term
            if term < total * _CLOSE:
                break
        return front * total
    b, c = x + 1 - shape, 1 / _TINY
    d = found = 1 / b
    for n in range(1, _STEPS):
        step = -n * (n - shape)
        b += 2
        d = 1 / (step * d + b or _TINY)
        c = b + step / c or _TINY
        found *= d * c
        if abs(d * c - 1) < _CLOSE:
            break
    return 1 - front * found
