using Google.Protobuf;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Cluster;

/// <summary>
/// Clients of a simulated cluster: puts and linearizable reads through any member. It keeps what was acknowledged, and holds
/// every read against it at once.
/// </summary>
internal sealed class ClusterWorkload(SimulatedCluster cluster, int seed)
{
    private const int Keys = 8;

    private readonly Random random = new(seed);
    private readonly List<SimulatedCluster.Sent> puts = [];
    private readonly List<SimulatedCluster.Sent> open = [];
    private int number;
    private long newestRevision;

    public int Acknowledged { get; private set; }

    public int ReadsAnswered { get; private set; }

    /// <summary>One client does something.</summary>
    public void Act()
    {
        Collect();
        SimulatedMember[] alive = [.. cluster.Alive.Where(member => !member.IsRemoved)];
        if (alive.Length == 0)
        {
            return;
        }

        SimulatedMember member = alive[random.Next(alive.Length)];
        switch (random.Next(10))
        {
            case 0 when newestRevision > 10:
                SimulatedCluster.Propose(member, new InternalRaftRequest { Compaction = new CompactionRequest { Revision = newestRevision - 5 } });
                break;
            case < 4:
                Read(member);
                break;
            default:
                Put(member);
                break;
        }
    }

    /// <summary>Every put that was acknowledged is there, at its revision or overwritten by a later one.</summary>
    public void CheckAllIsThere()
    {
        Collect();
        foreach (SimulatedMember member in cluster.Alive.Where(member => !member.IsRemoved))
        {
            RangeResponse all = SimulatedCluster.ReadLocally(member, new RangeRequest { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) });
            foreach (SimulatedCluster.Sent put in puts)
            {
                KeyValue? found = all.Kvs.FirstOrDefault(kv => kv.Key == put.Request.Put.Key);
                Assert.True(found is not null, $"{put.Request.Put.Key.ToStringUtf8()} is lost on {member.Name}: {cluster.Where}");
                Assert.True(found.ModRevision >= RevisionOf(put), $"{found.Key.ToStringUtf8()} went back on {member.Name}: {cluster.Where}");
                if (found.ModRevision == RevisionOf(put))
                {
                    Assert.Equal(put.Request.Put.Value, found.Value);
                }
            }
        }
    }

    private static long RevisionOf(SimulatedCluster.Sent put) => ((PutResponse)put.Result.Response!).Header.Revision;

    private void Put(SimulatedMember member)
    {
        PutRequest put = new()
        {
            Key = ByteString.CopyFromUtf8($"key{random.Next(Keys)}"),
            Value = ByteString.CopyFromUtf8($"value{number++}"),
        };
        open.Add(SimulatedCluster.Propose(member, new InternalRaftRequest { Put = put }));
    }

    private void Read(SimulatedMember member)
    {
        Collect();
        long atLeast = newestRevision;
        SimulatedCluster.Read read = new()
        {
            Done = error =>
            {
                if (error is null && member.Node is { } node)
                {
                    ReadsAnswered++;
                    Assert.True(node.Revision >= atLeast, $"a stale read on {member.Name}: {node.Revision} after {atLeast}; {cluster.Where}");
                }
            },
        };
        member.Node!.ConfirmRead(read);
    }

    private void Collect()
    {
        foreach (SimulatedCluster.Sent sent in open.Where(sent => sent.IsDone && sent.Result.Error is null))
        {
            puts.Add(sent);
            Acknowledged++;
            newestRevision = Math.Max(newestRevision, RevisionOf(sent));
        }

        open.RemoveAll(sent => sent.IsDone);
    }
}
