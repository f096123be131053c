using Netcd.Engine.Metering;

namespace Netcd.Server.Monitoring;

/// <summary>What is counted of a server's ports, besides what its member counts.</summary>
/// <param name="calls">The calls of gRPC.</param>
internal sealed class ServiceMetrics(CallMeters calls)
{
    /// <summary>More than there are kinds of checks.</summary>
    private const int MaxChecks = 32;

    /// <summary>Answers of the page, by their code.</summary>
    private const int MaxPageCodes = 8;

    /// <summary>The calls of gRPC.</summary>
    public CallMeters Calls { get; } = calls;

    /// <summary>The write-ahead log and raft's snapshots, at the disk.</summary>
    public DiskMetrics Disk { get; } = new();

    /// <summary>Answers of <c>/health</c> that said that all is well.</summary>
    public Counter Healthy { get; } = new();

    /// <summary>Those that said that it is not.</summary>
    public Counter Unhealthy { get; } = new();

    /// <summary>Checks of <c>/livez</c> and <c>/readyz</c>, by name, outcome and type.</summary>
    public LabelledCounters Checks { get; } = new(MaxChecks, "", "", "");

    /// <summary>How each check ended last, by name and type.</summary>
    public LabelledCounters LastChecks { get; } = new(MaxChecks, "", "");

    /// <summary>Times that the page of metrics was asked for, by code.</summary>
    public LabelledCounters Pages { get; } = Known(new LabelledCounters(MaxPageCodes, ""), "200", "500", "503");

    /// <summary>Those under way.</summary>
    public Counter PagesInFlight { get; } = new();

    /// <summary>Shows counters from the start that would come only with their first event.</summary>
    private static LabelledCounters Known(LabelledCounters counters, params string[] labels)
    {
        foreach (string label in labels)
        {
            counters.Of(label);
        }

        return counters;
    }
}
