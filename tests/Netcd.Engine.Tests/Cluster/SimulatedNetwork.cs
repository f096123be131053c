using Netcd.Engine.Node;
using Netcd.Engine.Node.Peers;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Engine.Tests.Cluster;

/// <summary>Messages on their way between members: the seed decides which arrives next, which are lost and which come twice.</summary>
internal sealed class SimulatedNetwork(Random random, Func<ulong, EtcdNode?> memberOf)
{
    private readonly List<Parcel> onTheirWay = [];
    private readonly HashSet<(ulong From, ulong To)> cut = [];
    private readonly HashSet<ulong> isolated = [];

    /// <summary>Of a hundred messages, so many are lost.</summary>
    public int LossPercent { get; set; }

    /// <summary>Of a hundred messages, so many arrive twice.</summary>
    public int DuplicatePercent { get; set; }

    /// <summary>Images that arrived and were taken.</summary>
    public int SnapshotsDelivered { get; private set; }

    public IPeerTransport TransportOf(ulong memberId) => new Port(this, memberId);

    /// <summary>Nothing gets from the one to the other any more.</summary>
    public void Cut(ulong from, ulong to) => cut.Add((from, to));

    /// <summary>Nothing gets to the member or away from it any more.</summary>
    public void Isolate(ulong memberId) => isolated.Add(memberId);

    public void Heal()
    {
        cut.Clear();
        isolated.Clear();
    }

    /// <summary>Forgets what a member that died had sent and what was meant for it.</summary>
    public void Forget(ulong memberId)
    {
        foreach (Parcel parcel in onTheirWay.Where(parcel => parcel.Image is not null && parcel.To == memberId))
        {
            memberOf(parcel.From)?.ReportSnapshot(memberId, hasArrived: false);
        }

        onTheirWay.RemoveAll(parcel => parcel.To == memberId || parcel.From == memberId);
    }

    /// <summary>Lets one message arrive, or be lost.</summary>
    public void DeliverOne()
    {
        if (onTheirWay.Count == 0)
        {
            return;
        }

        // Mostly in order, as on a connection; sometimes a later one overtakes.
        int at = random.Next(4) == 0 ? random.Next(onTheirWay.Count) : 0;
        Parcel parcel = onTheirWay[at];
        bool isDuplicate = parcel.Image is null && random.Next(100) < DuplicatePercent;
        if (!isDuplicate)
        {
            onTheirWay.RemoveAt(at);
        }

        bool isCut = cut.Contains((parcel.From, parcel.To)) || isolated.Contains(parcel.From) || isolated.Contains(parcel.To);
        bool isLost = isCut || random.Next(100) < LossPercent;
        EtcdNode? receiver = memberOf(parcel.To);
        if (isLost || receiver is null)
        {
            Lose(parcel);
        }
        else if (parcel.Image is not null)
        {
            Deliver(parcel, receiver);
        }
        else
        {
            receiver.Receive(RaftWire.DecodeMessage(parcel.Message));
        }
    }

    private void Lose(Parcel parcel)
    {
        if (parcel.Image is not null)
        {
            memberOf(parcel.From)?.ReportSnapshot(parcel.To, hasArrived: false);
        }
        else if (random.Next(2) == 0)
        {
            memberOf(parcel.From)?.ReportUnreachable(parcel.To);
        }
    }

    private void Deliver(Parcel parcel, EtcdNode receiver)
    {
        using (IncomingSnapshot incoming = receiver.BeginSnapshot(RaftWire.DecodeMessage(parcel.Message)))
        {
            foreach (byte[] chunk in parcel.Image!.Chunk(5_000))
            {
                incoming.Write(chunk);
            }

            incoming.Complete();
        }

        SnapshotsDelivered++;
        memberOf(parcel.From)?.ReportSnapshot(parcel.To, hasArrived: true);
    }

    private sealed record Parcel(ulong From, ulong To, byte[] Message, byte[]? Image);

    private sealed class Port(SimulatedNetwork network, ulong memberId) : IPeerTransport
    {
        private HashSet<ulong> known = [];

        public void Send(Message message)
        {
            if (known.Contains(message.To))
            {
                network.onTheirWay.Add(new Parcel(memberId, message.To, RaftWire.Encode(message), null));
            }
        }

        public void SendSnapshot(Message message, ISnapshotImage image)
        {
            using MemoryStream bytes = new();
            image.CopyTo(bytes);
            Assert.Equal(image.SizeBytes, bytes.Length);
            image.Dispose();
            network.onTheirWay.Add(new Parcel(memberId, message.To, RaftWire.Encode(message), bytes.ToArray()));
        }

        public void UpdatePeers(IReadOnlyList<PeerAddress> others, IReadOnlyList<ulong> removed) =>
            known = [.. others.Select(other => other.Id)];

        public TimeSpan? ConnectedFor(ulong memberId) => TimeSpan.MaxValue;
    }
}
