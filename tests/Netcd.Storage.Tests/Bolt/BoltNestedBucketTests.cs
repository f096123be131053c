using System.Runtime.CompilerServices;
using Netcd.Storage.Bolt;

namespace Netcd.Storage.Tests.Bolt;

/// <summary>netcd makes no buckets within buckets, but a file may hold some: they must be read, kept and given back whole.</summary>
public sealed class BoltNestedBucketTests
{
    [Theory]
    [InlineData(FreelistSync.OnClose)]
    [InlineData(FreelistSync.EveryCommit)]
    public void Buckets_within_buckets_are_read_kept_through_changes_and_freed_with_the_outer_one(FreelistSync sync)
    {
        SimulatedDisk disk = new();
        BoltOptions options = new() { PageSize = 1024, FreelistSync = sync };
        using (BoltDatabase database = BoltDatabase.Open(disk, "/db", options))
        {
            Nest(database);
            RequireNested(database);
            // The outer bucket's own keys come and go around them.
            for (int round = 0; round < 5; round++)
            {
                using BoltWriteTransaction write = database.BeginWrite();
                BoltBucket outer = write.CreateBucketIfNotExists("outer"u8);
                Assert.Throws<InvalidOperationException>(() => outer.Put("inner"u8, "v"u8));
                Assert.Throws<InvalidOperationException>(() => outer.Delete("inner"u8));
                for (int i = 0; i < 200; i++)
                {
                    byte[] key = BitConverter.GetBytes(i);
                    if (round % 2 == 0)
                    {
                        outer.Put(key, new byte[50]);
                    }
                    else
                    {
                        outer.Delete(key);
                    }
                }

                write.Commit();
                RequireNested(database);
            }
        }

        // A crash's image without a list of free pages: the walk must not take the inner bucket's for free.
        using BoltDatabase again = BoltDatabase.Open(
            disk.Crash(new() { Fate = UnflushedFate.Dropped, Operations = disk.OperationCount - 1 }), "/db", options);
        RequireNested(again);
        using (BoltWriteTransaction write = again.BeginWrite())
        {
            Assert.True(write.DeleteBucket("outer"u8));
            write.Commit();
        }

        using BoltReadTransaction read = again.BeginRead();
        Assert.Empty(read.BucketNames());
        Assert.True(read.Check().IsClean, read.Check().ToString());
    }

    /// <summary>Moves a bucket of the top level, pages and all, under another, and puts an inline one beside it.</summary>
    private static void Nest(BoltDatabase database)
    {
        using (BoltWriteTransaction write = database.BeginWrite())
        {
            BoltBucket moved = write.CreateBucketIfNotExists("moved"u8);
            moved.Sequence = 9;
            for (int i = 0; i < 300; i++)
            {
                moved.Put(BitConverter.GetBytes(i), new byte[40]);
            }

            write.CreateBucketIfNotExists("small"u8).Put("k"u8, "v"u8);
            write.CreateBucketIfNotExists("outer"u8).Put("plain"u8, "value"u8);
            write.Commit();
        }

        using (BoltWriteTransaction write = database.BeginWrite())
        {
            BoltBucket outer = write.CreateBucketIfNotExists("outer"u8);
            Assert.True(write.RootBucket.TryFind("moved"u8, out ReadOnlySpan<byte> entry, out _, out _));
            Assert.NotEqual(0UL, Unsafe.ReadUnaligned<ulong>(in entry[0]));
            outer.Tree!.Put("inner"u8, entry, BoltPage.BucketFlag);
            Assert.True(write.RootBucket.TryFind("small"u8, out entry, out _, out _));
            outer.Tree.Put("tiny"u8, entry, BoltPage.BucketFlag);
            write.RootBucket.Tree!.Delete("moved"u8);
            write.RootBucket.Tree.Delete("small"u8);
            write.Commit();
        }
    }

    private static void RequireNested(BoltDatabase database)
    {
        using BoltReadTransaction read = database.BeginRead();
        Assert.True(read.Check() is { IsClean: true, FreePagesChecked: true, Buckets: 4 }, read.Check().ToString());
        Assert.True(read.TryGetBucket("outer"u8, out BoltBucket? outer));
        Assert.False(outer.TryGet("inner"u8, out _));
        Assert.True(outer.TryGetBucket("inner"u8, out BoltBucket? inner));
        Assert.Equal(9UL, inner.Sequence);
        Assert.True(inner.TryGet(BitConverter.GetBytes(299), out ReadOnlySpan<byte> value));
        Assert.Equal(40, value.Length);
        Assert.True(outer.TryGetBucket("tiny"u8, out BoltBucket? tiny) && tiny.TryGet("k"u8, out value) && value.SequenceEqual("v"u8));
        Assert.True(outer.TryGet("plain"u8, out value) && value.SequenceEqual("value"u8));
    }
}
