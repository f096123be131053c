using Google.Protobuf;
using Netcd.Engine.Watching;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Watching;

/// <summary>Watches against the naive history: ordered, unique, complete, whole revisions, true progress, whatever happens
/// meanwhile.</summary>
public sealed class WatchModelTests
{
    private const int Operations = 12_000;

    [Theory]
    [InlineData(1, 4096, 20, 4)]
    [InlineData(2, 700, 3, 1)]
    [InlineData(3, 1 << 20, 1000, 4)]
    [InlineData(4, 300, 7, 2)]
    [InlineData(5, 2000, 50, 3)]
    public void Every_watch_is_told_its_changes_and_nothing_else(int seed, int queueBytes, int recordsPerStep, int cohorts)
    {
        WatchSettings settings = new()
        {
            QueueBytes = queueBytes,
            QueueBytesInAll = queueBytes * 5L,
            RecordsPerStep = recordsPerStep,
            BytesPerStep = recordsPerStep * 40L,
            Cohorts = cohorts,
            WatchesPerCohort = 5,
            FragmentBytes = 256,
            ProgressMilliseconds = 50,
        };
        using WatchFixture fixture = new(settings);
        WatchRun run = new(fixture, new Random(seed));
        for (int i = 0; i < Operations; i++)
        {
            run.Step();
        }

        run.Finish();
        Assert.True(run.EventsTold > Operations / 8, $"only {run.EventsTold} events were told");
        Assert.True(run.WatchesCompacted > 3, $"only {run.WatchesCompacted} watches were compacted away");
    }

    private sealed class WatchRun(WatchFixture fixture, Random random)
    {
        private const string Keys = "abcdefghijkl";

        private readonly List<Client> clients = [];

        public int EventsTold => clients.Sum(client => client.EventsTold) + eventsOfClosed;

        public int WatchesCompacted { get; private set; }

        private int eventsOfClosed;

        public void Step()
        {
            fixture.Now += random.Next(3);
            switch (random.Next(100))
            {
                case < 34:
                    Change();
                    fixture.End();
                    break;
                case < 38:
                    Transaction();
                    fixture.End();
                    break;
                case < 60:
                    fixture.Stage.Step(fixture.Now);
                    break;
                case < 76:
                    Read();
                    break;
                case < 85:
                    Create();
                    break;
                case < 89:
                    Any()?.Cancel(random);
                    break;
                case < 91:
                    Any()?.Stream.AskForProgress();
                    break;
                case < 94:
                    fixture.Commit();
                    break;
                case < 96:
                    Compact();
                    break;
                case < 98:
                    fixture.RunCompactions();
                    break;
                case < 99:
                    CloseOne();
                    break;
                default:
                    if (random.Next(4) == 0)
                    {
                        Snapshot();
                    }

                    break;
            }
        }

        public void Finish()
        {
            fixture.RunCompactions();
            do
            {
                fixture.Settle();
            }
            while (clients.Sum(ReadAll) > 0);
            foreach (Client client in clients)
            {
                client.AssertComplete();
                client.Stream.Close();
            }

            fixture.Settle();
            Assert.Equal(0, fixture.Stage.WatchCount);
            Assert.Equal(0, fixture.Stage.Budget.Bytes);
            Assert.True(fixture.State.Held.MayDelete(long.MaxValue));
        }

        private Client? Any() => clients.Count > 0 ? clients[random.Next(clients.Count)] : null;

        private string Key() => Keys[random.Next(Keys.Length)].ToString();

        private void Change()
        {
            string key = Key();
            if (random.Next(4) > 0)
            {
                fixture.Put(key, new string('v', random.Next(60)));
            }
            else
            {
                fixture.Delete(key, random.Next(3) == 0 ? "\0" : random.Next(2) == 0 ? null : key + "~");
            }
        }

        private void Transaction()
        {
            for (int i = random.Next(1, 12); i > 0; i--)
            {
                string key = Key();
                if (!fixture.IsChangedInTransaction(key))
                {
                    fixture.Put(key, new string('t', random.Next(120)));
                }
            }
        }

        private void Read()
        {
            if (Any() is { } client)
            {
                ReadAll(client);
            }
        }

        private int ReadAll(Client client)
        {
            int read = client.Read(out int compacted);
            WatchesCompacted += compacted;
            return read;
        }

        private void Create()
        {
            if (clients.Count == 0 || (clients.Count < 8 && random.Next(3) == 0))
            {
                clients.Add(new Client(fixture));
            }

            string key = Key();
            WatchCreateRequest request = new()
            {
                Key = ByteString.CopyFromUtf8(key),
                RangeEnd = ByteString.CopyFromUtf8(random.Next(4) switch { 0 => "\0", 1 => key + "~", 2 => "z", _ => "" }),
                PrevKv = random.Next(3) == 0,
                Fragment = random.Next(3) == 0,
                ProgressNotify = random.Next(3) == 0,
                WatchId = random.Next(4) == 0 ? random.Next(30) : 0,
                StartRevision = random.Next(3) switch
                {
                    0 => 0,
                    1 => random.NextInt64(1, fixture.Revision + 1),
                    _ => Math.Max(1, fixture.Revision + random.Next(-20, 6)),
                },
            };
            if (random.Next(4) == 0)
            {
                request.Filters.Add(
                    random.Next(2) == 0 ? WatchCreateRequest.Types.FilterType.Noput : WatchCreateRequest.Types.FilterType.Nodelete);
            }

            Any()!.Create(request);
        }

        private void Compact()
        {
            long revision = fixture.Revision - random.Next(10);
            if (revision > fixture.CompactRevision && revision > 1 && random.Next(3) == 0)
            {
                fixture.Compact(revision);
            }
        }

        private void CloseOne()
        {
            if (clients.Count > 3 && random.Next(4) == 0)
            {
                Client client = Any()!;
                clients.Remove(client);
                eventsOfClosed += client.EventsTold;
                client.Stream.Close();
            }
        }

        /// <summary>Another member's changes and compactions come all at once, whatever watches here have been told.</summary>
        private void Snapshot()
        {
            for (int i = random.Next(30); i > 0; i--)
            {
                Change();
                fixture.End(tell: false);
            }

            if (random.Next(2) == 0 && fixture.Revision - 5 > fixture.CompactRevision)
            {
                fixture.Compact(fixture.Revision - 5);
            }

            fixture.RunCompactions(isHeldBack: false);
            fixture.InstallSnapshot();
        }
    }

    private sealed class Client
    {
        private readonly WatchFixture fixture;
        private readonly Queue<WatchCreateRequest> asked = [];
        private readonly Dictionary<long, ExpectedWatch> watches = [];

        public Client(WatchFixture fixture)
        {
            this.fixture = fixture;
            Stream = new TestStream(fixture.Stage);
        }

        public TestStream Stream { get; }

        public int EventsTold { get; private set; }

        public void Create(WatchCreateRequest request)
        {
            asked.Enqueue(request);
            Stream.Create(request);
        }

        public void Cancel(Random random)
        {
            if (watches.Count > 0)
            {
                Stream.Cancel(watches.Keys.ElementAt(random.Next(watches.Count)));
            }
        }

        public int Read(out int compacted)
        {
            List<WatchResponse> responses = Stream.Read();
            compacted = 0;
            foreach (WatchResponse response in responses)
            {
                EventsTold += response.Events.Count;
                compacted += response.CompactRevision > 0 ? 1 : 0;
                Take(response);
            }

            return responses.Count;
        }

        public void AssertComplete()
        {
            Assert.Empty(asked);
            foreach (ExpectedWatch watch in watches.Values.Where(watch => !watch.IsOver))
            {
                Assert.True(watch.HasAllUpTo(fixture.Revision), $"watch {watch.Id} lacks events");
            }
        }

        private void Take(WatchResponse response)
        {
            if (response.Created)
            {
                TakeAnswer(response, asked.Dequeue());
            }
            else if (response.WatchId == -1)
            {
                Assert.All(watches.Values.Where(watch => !watch.IsOver), watch => Assert.True(watch.HasAllUpTo(response.Header.Revision)));
            }
            else if (response is { Canceled: true, CompactRevision: 0 })
            {
                Assert.True(watches.Remove(response.WatchId));
            }
            else
            {
                watches[response.WatchId].Take(response);
            }
        }

        private void TakeAnswer(WatchResponse response, WatchCreateRequest request)
        {
            if (response.Canceled)
            {
                Assert.Equal(-1, response.WatchId);
                Assert.True(watches.ContainsKey(request.WatchId), response.CancelReason);
                return;
            }

            Assert.True(request.WatchId == 0 || request.WatchId == response.WatchId);
            long next = request.StartRevision == 0 ? response.Header.Revision + 1 : request.StartRevision;
            watches.Add(response.WatchId, new ExpectedWatch(fixture, request, response.WatchId, next));
        }
    }
}
