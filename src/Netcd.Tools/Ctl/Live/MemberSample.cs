using Netcd.Client.Maintenance;

namespace Netcd.Tools.Ctl.Live;

/// <summary>How a member was found.</summary>
/// <param name="Endpoint">Where it was asked.</param>
/// <param name="Taken">When, as <see cref="System.Diagnostics.Stopwatch"/> counts.</param>
/// <param name="Status">What it said; null where it did not answer.</param>
/// <param name="Latency">How long a linearizable read took; null where it failed.</param>
/// <param name="Error">What went wrong, or empty.</param>
internal sealed record MemberSample(string Endpoint, long Taken, MemberStatus? Status, TimeSpan? Latency, string Error);

/// <summary>A member in a view: how it was found, and what is known besides.</summary>
/// <param name="Sample">How it was found.</param>
/// <param name="Name">Its name; empty where nobody said it.</param>
/// <param name="Alarms">The alarms that it has raised.</param>
/// <param name="RevisionsPerSecond">How fast its revision rises; null where that is not known yet.</param>
/// <param name="EntriesPerSecond">How fast its log grows; null where that is not known yet.</param>
internal sealed record MemberRow(
    MemberSample Sample, string Name, IReadOnlyList<string> Alarms, double? RevisionsPerSecond, double? EntriesPerSecond)
{
    public bool IsLeader => Sample.Status is { } status && status.Leader == status.Header.MemberId;

    /// <summary>How much of its quota is in use, from 0 to 1; null where the server does not say its quota.</summary>
    public double? QuotaShare =>
        Sample.Status is { QuotaBytes: > 0 } status ? (double)status.DatabaseBytes / status.QuotaBytes : null;
}
