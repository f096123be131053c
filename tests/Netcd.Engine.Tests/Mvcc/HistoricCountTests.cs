using System.Text;
using Google.Protobuf;
using Netcd.Engine.Mvcc;
using Netcd.Engine.Mvcc.Index;
using Netcd.Protocol.V3;
using Netcd.Simulation.Model;

namespace Netcd.Engine.Tests.Mvcc;

/// <summary>Counts at older revisions, which are taken from the count of now or from a walk, against a naive model.</summary>
public sealed class HistoricCountTests
{
    private const int Transactions = 1_500;
    private const int CountsEach = 4;

    [Theory]
    [InlineData(1, 40)]
    [InlineData(2, 400)]
    [InlineData(3, 4_000)]
    public void Counts_at_any_revision_are_a_naive_stores_inside_and_outside_a_transaction(int seed, int keys)
    {
        Random random = new(seed);
        ModelStore model = new();
        using StoreFixture fixture = new();
        for (int i = 0; i < Math.Min(keys, 600); i++)
        {
            Change(random, keys, model, fixture);
        }

        End(model, fixture);
        for (int i = 0; i < Transactions; i++)
        {
            for (int changes = random.Next(4); changes > 0; changes--)
            {
                Change(random, keys, model, fixture);
                Count(random, keys, model, fixture.Store.Working);
            }

            End(model, fixture);
            Maintain(random, model, fixture);
            using ReadHandle handle = fixture.Store.Acquire();
            for (int n = 0; n < CountsEach; n++)
            {
                Count(random, keys, model, handle.State);
            }
        }
    }

    [Fact]
    public void L7_a_read_that_is_not_to_count_knows_its_own_keys_and_whether_there_are_more()
    {
        ModelStore model = new();
        using StoreFixture fixture = new();
        Random random = new(7);
        for (int i = 0; i < 600; i++)
        {
            Change(random, 400, model, fixture);
        }

        End(model, fixture);
        using ReadHandle handle = fixture.Store.Acquire();
        RangeRequest request = new()
        {
            Key = ByteString.CopyFrom(0),
            RangeEnd = ByteString.CopyFrom(0),
            Limit = 10,
            Revision = handle.State.Revision,
        };
        RangeResult counted = RangeReader.Read(handle.State, request);
        RangeResult uncounted = RangeReader.Read(handle.State, request, countsAll: false);
        Assert.True(counted.Count > 11);
        Assert.Equal((11L, true, 10), (uncounted.Count, uncounted.More, uncounted.Records.Count));
        Assert.Equal(
            counted.Records.Select(static record => record.Span.ToArray()),
            uncounted.Records.Select(static record => record.Span.ToArray()));
    }

    [Fact]
    public void M1_a_sum_and_a_long_read_end_when_nobody_waits_for_them()
    {
        using StoreFixture fixture = new();
        for (int n = 0; n < 3_000; n++)
        {
            fixture.Store.Put(Key(n), [1], 0);
        }

        fixture.Store.EndTransaction();
        fixture.Store.Publish();
        fixture.Commit();
        using ReadHandle handle = fixture.Store.Acquire();
        using CancellationTokenSource gone = new();
        gone.Cancel();
        RangeRequest all = new() { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0) };
        Assert.True(RangeReader.KeysToRead(handle.State, all) > 1_024);
        Assert.Throws<OperationCanceledException>(() => RangeReader.Read(handle.State, all, cancellation: gone.Token));
        Assert.Throws<OperationCanceledException>(() => StoreHash.HashKv(handle.State, 0, out _, out _, gone.Token));
        Assert.Throws<OperationCanceledException>(() => StoreHash.HashBackend(handle.State.View, gone.Token));
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1_000, 0)]
    [InlineData(1, 1)]
    [InlineData(1_000, 1)]
    public void A_count_is_right_whether_few_or_many_keys_changed_since(int changes, int commits)
    {
        using StoreFixture fixture = new();
        for (int i = 0; i < 2_000; i++)
        {
            fixture.Store.Put(Key(i), "first"u8, 0);
        }

        fixture.Store.EndTransaction();
        for (int i = 0; i < changes; i++)
        {
            fixture.Store.DeleteNext(new KeyInterval(Key(i), default), int.MaxValue);
            fixture.Store.EndTransaction();
            fixture.Store.Put(Key(5_000 + i), "new"u8, 0);
            fixture.Store.EndTransaction();
        }

        fixture.Store.Publish();
        for (int i = 0; i < commits; i++)
        {
            fixture.Commit();
        }

        using ReadHandle handle = fixture.Store.Acquire();
        for (int limit = 0; limit < 3; limit++)
        {
            RangeRequest request = new() { Key = ByteString.CopyFrom(0), RangeEnd = ByteString.CopyFrom(0), Revision = 2, Limit = limit };
            request.CountOnly = limit == 0;
            Assert.Equal(2_000, RangeReader.Read(handle.State, request).Count);
        }
    }

    private static void Change(Random random, int keys, ModelStore model, StoreFixture fixture)
    {
        byte[] key = Key(random.Next(keys));
        if (random.Next(4) == 0)
        {
            byte[] end = random.Next(6) == 0 ? Key(random.Next(keys)) : [];
            Assert.Equal(model.DeleteInTransaction(key, end), fixture.Store.DeleteNext(new KeyInterval(key, end), int.MaxValue));
            return;
        }

        model.PutInTransaction(key, [1], 0);
        fixture.Store.Put(key, [1], 0);
    }

    private static void End(ModelStore model, StoreFixture fixture)
    {
        model.EndTransaction();
        fixture.Store.EndTransaction();
        fixture.Store.Publish();
    }

    private static void Maintain(Random random, ModelStore model, StoreFixture fixture)
    {
        switch (random.Next(60))
        {
            case < 6:
                fixture.Commit();
                break;
            case < 20:
                fixture.StepCompaction(random.Next(1, 60), random.Next(1, 40));
                break;
            case 20:
                fixture.Reopen();
                break;
            case 21:
                long revision = Math.Max(2, model.Revision - random.Next(300));
                if (revision > model.CompactRevision && revision <= model.Revision)
                {
                    model.Compact(revision);
                    fixture.Compact(revision);
                }

                break;
        }
    }

    private static void Count(Random random, int keys, ModelStore model, ReadState state)
    {
        long oldest = Math.Max(1, model.CompactRevision);
        long newest = state.Revision;
        long back = random.Next(2) == 0 ? random.NextInt64(8) : random.NextInt64(newest - oldest + 1);
        byte[] start = random.Next(3) == 0 ? [0] : Key(random.Next(keys));
        RangeRequest request = new()
        {
            Key = ByteString.CopyFrom(start),
            RangeEnd = ByteString.CopyFrom(random.Next(3) == 0 ? Key(random.Next(keys)) : [0]),
            Revision = Math.Max(oldest, newest - back),
            CountOnly = random.Next(2) == 0,
            Limit = random.Next(1, 12),
        };
        RangeResult result = RangeReader.Read(state, request);
        (List<(byte[] Key, ModelStore.KeyState State)> found, bool more, long count) = model.Range(request);
        Assert.Equal(count, result.Count);
        Assert.Equal(more, result.More);
        Assert.Equal(found.Count, result.Records.Count);
    }

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes($"key{number:d5}");
}
