using BenchmarkDotNet.Attributes;
using Netcd.Raft;
using Netcd.Raft.Wire;

namespace Netcd.Micro.Pieces;

/// <summary>The leader of three members, whose followers answer at once.</summary>
public class RaftBenchmarks
{
    private const int Proposals = 1_000;

    private readonly byte[] data = Payload.Value();
    private readonly byte[] sent = new byte[1_024];
    private readonly MemoryLogStorage log = new();
    private RaftNode? leader;
    private Message? append;
    private ulong last;

    [GlobalSetup]
    public void Elect()
    {
        SeededGenerator random = new(1);
        leader = new RaftNode(new RaftConfig { Id = 1, ElectionTick = 10, HeartbeatTick = 1, Storage = log, Random = random.Next });
        leader.Bootstrap(new Peer(1), new Peer(2), new Peer(3));
        Handle();
        leader.Campaign();
        Handle();
        leader.Step(new Message { Type = MessageType.VoteResponse, From = 2, To = 1, Term = leader.BasicStatus.HardState.Term });
        Handle();
        Acknowledge();
        append = new Message
        {
            Type = MessageType.Append,
            From = 1,
            To = 2,
            Term = 9,
            LogTerm = 9,
            Index = 1_000_000,
            Commit = 999_999,
            Entries = new[] { new Entry { Term = 9, Index = 1_000_001, Data = data } },
        };
    }

    /// <summary>The log is let go of at the end, as a member does after a snapshot.</summary>
    [Benchmark(
        Description = "256 bytes proposed at a leader of three: appended, sent, acknowledged, committed",
        OperationsPerInvoke = Proposals), Budget(3_000)]
    public ulong Propose()
    {
        for (int i = 0; i < Proposals; i++)
        {
            if (leader!.Propose(data) != StepResult.Ok)
            {
                throw new InvalidOperationException("the leader does not lead");
            }

            Handle();
            Acknowledge();
        }

        log.Compact(last - 1);
        return leader!.BasicStatus.HardState.Commit == last ? last : throw new InvalidOperationException("it is not committed");
    }

    [Benchmark(Description = "an append message with an entry of 256 bytes, encoded for a follower"), Budget(200)]
    public int EncodeAppend() => RaftWire.Write(append!, sent);

    private void Acknowledge()
    {
        ulong term = leader!.BasicStatus.HardState.Term;
        leader.Step(new Message { Type = MessageType.AppendResponse, From = 2, To = 1, Term = term, Index = last });
        leader.Step(new Message { Type = MessageType.AppendResponse, From = 3, To = 1, Term = term, Index = last });
        Handle();
    }

    private void Handle()
    {
        while (leader!.HasReady)
        {
            Ready ready = leader.Ready();
            log.Append(ready.Entries.Span);
            if (ready.HardState is { } state)
            {
                log.SetHardState(state);
            }

            foreach (ref readonly Entry entry in ready.CommittedEntries.Span)
            {
                if (entry.Type == EntryType.ConfChange)
                {
                    leader.ApplyConfChange(RaftWire.DecodeConfChange(entry.Data));
                }
            }

            last = log.LastIndex;
            leader.Advance();
        }
    }
}
