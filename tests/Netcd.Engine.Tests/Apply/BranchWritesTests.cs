using Google.Protobuf;
using Netcd.Engine.Apply;
using Netcd.Engine.Mvcc.Index;
using Netcd.Protocol.V3;

namespace Netcd.Engine.Tests.Apply;

/// <summary>The check that no branch of a transaction writes a key twice (H4).</summary>
public sealed class BranchWritesTests
{
    private const int Count = 20_000;

    /// <summary>Few for each write, whatever a client sends: O(log² n).</summary>
    private static double MostSteps(int writes) => 4.0 * writes * Math.Log2(writes) * Math.Log2(writes);

    [Theory]
    [InlineData("puts alone")]
    [InlineData("deletions, then puts in a nested transaction")]
    [InlineData("each put in a nested transaction of its own")]
    [InlineData("eighty levels with all writes in the lowest")]
    [InlineData("eighty levels with writes in both branches")]
    public void H4_the_steps_of_the_check_are_bounded_by_the_number_of_writes(string shape)
    {
        BranchWrites check = new();
        Assert.False(check.HasConflict(Shape(shape)));
        Assert.InRange(check.Steps, Count, MostSteps(Count));
    }

    [Fact]
    public void H4_keys_that_meet_in_a_table_without_a_secret_cost_no_more_than_others()
    {
        // Google.Protobuf's hash is h * 31 + byte: each pair of bytes has others of the same hash.
        List<RequestOp> puts = [.. Enumerable.Range(0, 1 << 14).Select(static n => Put(Meeting(n)))];
        Assert.Single(puts.Select(static put => put.RequestPut.Key.GetHashCode()).Distinct());
        BranchWrites check = new();
        Assert.False(check.HasConflict(puts));
        Assert.InRange(check.Steps, puts.Count, MostSteps(puts.Count));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Random_transactions_are_judged_as_by_the_naive_check(int seed)
    {
        Random random = new(seed);
        int conflicts = 0;
        const int Transactions = 4_000;
        for (int n = 0; n < Transactions; n++)
        {
            List<RequestOp> branch = RandomBranch(random, random.Next(1, 14), depth: 0);
            bool expected = NaiveWrites.Check(branch);
            Assert.True(expected == new BranchWrites().HasConflict(branch), $"seed {seed}, transaction {n}: {string.Join(' ', branch)}");
            conflicts += expected ? 1 : 0;
        }

        Assert.InRange(conflicts, Transactions / 10, Transactions * 9 / 10);
    }

    private static List<RequestOp> Shape(string shape)
    {
        static ByteString Key(int n) => ByteString.CopyFromUtf8(FormattableString.Invariant($"k{n:d8}"));
        List<RequestOp> puts = [.. Enumerable.Range(0, Count).Select(static n => Put(Key(n)))];
        List<RequestOp> deletions = [.. Enumerable.Range(Count, Count).Select(static n => Delete(Key(n), Key(n + 1)))];
        switch (shape)
        {
            case "puts alone":
                return puts;
            case "deletions, then puts in a nested transaction":
                return [.. deletions, Nested(puts, [])];
            case "each put in a nested transaction of its own":
                return [.. puts.Select(static put => Nested([put], []))];
            case "eighty levels with all writes in the lowest":
                List<RequestOp> lowest = [.. deletions, .. puts];
                for (int level = 0; level < 80; level++)
                {
                    lowest = [Nested(lowest, [])];
                }

                return lowest;
            default:
                List<RequestOp> inner = [.. puts];
                for (int level = 0; level < 80; level++)
                {
                    List<RequestOp> other = [.. Enumerable.Range(0, Count / 80).Select(n => Put(ByteString.CopyFromUtf8($"l{level}-{n}")))];
                    inner = [Nested(inner, other)];
                }

                return inner;
        }
    }

    private static ByteString Meeting(int n)
    {
        // "Aa" and "BB" have one hash, so all of the 2^14 ways to chain fourteen of them have.
        byte[] key = new byte[28];
        for (int pair = 0; pair < 14; pair++)
        {
            bool isFirst = (n & (1 << pair)) == 0;
            key[2 * pair] = (byte)(isFirst ? 'A' : 'B');
            key[(2 * pair) + 1] = (byte)(isFirst ? 'a' : 'B');
        }

        return ByteString.CopyFrom(key);
    }

    private static List<RequestOp> RandomBranch(Random random, int operations, int depth)
    {
        List<RequestOp> branch = [];
        for (int n = 0; n < operations; n++)
        {
            int kind = random.Next(10);
            string key = RandomKey(random);
            if (kind == 0 && depth < 3)
            {
                branch.Add(Nested(RandomBranch(random, random.Next(4), depth + 1), RandomBranch(random, random.Next(4), depth + 1)));
            }
            else if (kind == 1)
            {
                string end = random.Next(4) switch { 0 => "", 1 => "\0", _ => key + RandomKey(random)[..1] };
                branch.Add(Delete(ByteString.CopyFromUtf8(key), ByteString.CopyFromUtf8(random.Next(8) == 0 ? RandomKey(random) : end)));
            }
            else
            {
                branch.Add(Put(ByteString.CopyFromUtf8(key)));
            }
        }

        return branch;
    }

    private static string RandomKey(Random random)
    {
        char[] key = new char[random.Next(1, 4)];
        for (int i = 0; i < key.Length; i++)
        {
            key[i] = (char)('a' + random.Next(6));
        }

        return new string(key);
    }

    private static RequestOp Put(ByteString key) => new() { RequestPut = new PutRequest { Key = key } };

    private static RequestOp Delete(ByteString key, ByteString end) =>
        new() { RequestDeleteRange = new DeleteRangeRequest { Key = key, RangeEnd = end } };

    private static RequestOp Nested(IEnumerable<RequestOp> success, IEnumerable<RequestOp> failure)
    {
        TxnRequest request = new();
        request.Success.AddRange(success);
        request.Failure.AddRange(failure);
        return new RequestOp { RequestTxn = request };
    }

    /// <summary>The rules as etcd states them, from the lowest level up: sets that are copied and lists that are searched.</summary>
    private sealed class NaiveWrites
    {
        private readonly HashSet<ByteString> puts = [];
        private readonly List<DeleteRangeRequest> deletions = [];
        private bool isConflict;

        public static bool Check(IEnumerable<RequestOp> branch)
        {
            NaiveWrites writes = new();
            writes.Collect([.. branch]);
            return writes.isConflict;
        }

        private void Collect(List<RequestOp> branch)
        {
            deletions.AddRange(
                branch.Select(static operation => operation.RequestDeleteRange).Where(static deletion => deletion is not null));
            foreach (TxnRequest nested in branch.Select(static operation => operation.RequestTxn).Where(static txn => txn is not null))
            {
                NaiveWrites success = new();
                NaiveWrites failure = new();
                success.Collect([.. nested.Success]);
                failure.Collect([.. nested.Failure]);
                isConflict |= success.isConflict || failure.isConflict
                    || success.puts.Concat(failure.puts).Any(key => puts.Contains(key) || IsDeleted(key));
                puts.UnionWith(success.puts);
                puts.UnionWith(failure.puts);
                deletions.AddRange(success.deletions);
                deletions.AddRange(failure.deletions);
            }

            foreach (PutRequest put in branch.Select(static operation => operation.RequestPut).Where(static put => put is not null))
            {
                isConflict |= !puts.Add(put.Key) || IsDeleted(put.Key);
            }
        }

        private bool IsDeleted(ByteString key) => deletions.Exists(deletion =>
        {
            KeyInterval interval = new(deletion.Key.Span, deletion.RangeEnd.Span);
            return !interval.IsOpenEnded && interval.Contains(key.Span);
        });
    }
}
