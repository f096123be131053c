using System.Collections.Concurrent;
using Netcd.Engine.Metering;

namespace Netcd.Server.Peers;

/// <summary>What is counted of the snapshots that other members send. Who sends says who he is, so there is a bound to how many are told
/// apart.</summary>
internal sealed class SnapshotReceipts
{
    /// <summary>More than a cluster has members.</summary>
    private const int MaxSenders = 64;

    private readonly ConcurrentDictionary<ulong, Sender> senders = new();
    private readonly Sender others = new();

    /// <summary>The members that have sent some.</summary>
    public IEnumerable<KeyValuePair<ulong, Sender>> Senders => senders;

    /// <summary>How long images took to be stored.</summary>
    public Histogram Saves { get; } = new(Buckets.Seconds(0.1, 10));

    /// <summary>What is counted of a member's; what is beyond the bound is shown nowhere.</summary>
    public Sender Of(ulong memberId) => senders.Count < MaxSenders || senders.ContainsKey(memberId)
        ? senders.GetOrAdd(memberId, static _ => new Sender())
        : others;

    /// <summary>What is counted of one member's snapshots.</summary>
    internal sealed class Sender
    {
        /// <summary>Those that were stored.</summary>
        public Counter Stored { get; } = new();

        /// <summary>Those that were not.</summary>
        public Counter Failed { get; } = new();

        /// <summary>Those under way.</summary>
        public Counter Arriving { get; } = new();

        /// <summary>How long those took that were stored.</summary>
        public Histogram Durations { get; } = new(Buckets.Seconds(0.1, 10));
    }
}
