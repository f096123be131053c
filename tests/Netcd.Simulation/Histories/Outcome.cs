namespace Netcd.Simulation.Histories;

/// <summary>What a client knows of how its operation ended.</summary>
internal enum Outcome
{
    /// <summary>It has not ended yet, or the run ended first: it may have had an effect, or may never have one.</summary>
    Pending,

    /// <summary>It was answered.</summary>
    Answered,

    /// <summary>It was refused: it has had no effect, and never will.</summary>
    Refused,

    /// <summary>Nobody knows: it may take effect at any time after it was invoked, or never.</summary>
    Unknown,
}
