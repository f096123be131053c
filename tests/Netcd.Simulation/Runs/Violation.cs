namespace Netcd.Simulation.Runs;

/// <summary>A checker spoke: the run ends here.</summary>
/// <param name="checker">Which one.</param>
/// <param name="message">What it saw.</param>
/// <param name="inner">What the engine threw, where that is what it saw.</param>
internal sealed class ViolationException(string checker, string message, Exception? inner = null)
    : Exception($"{checker}: {message}", inner)
{
    /// <summary>The checker that spoke.</summary>
    public string Checker { get; } = checker;
}
