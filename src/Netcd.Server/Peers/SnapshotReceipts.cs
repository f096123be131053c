using System.Collections.Concurrent;
using Netcd.Engine.Metering;

namespace Netcd.Server.Peers;

/// <summary>What is counted of the snapshots that other members send. Only members send some, and there are few.</summary>
internal sealed class SnapshotReceipts
{
    private readonly ConcurrentDictionary<ulong, Sender> senders = new();

    /// <summary>The members that have sent some.</summary>
    public IEnumerable<KeyValuePair<ulong, Sender>> Senders => senders;

    /// <summary>How long images took to be stored.</summary>
    public Histogram Saves { get; } = new(Buckets.Seconds(0.1, 10));

    /// <summary>What is counted of a member's.</summary>
    public Sender Of(ulong memberId) => senders.GetOrAdd(memberId, static _ => new Sender());

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
