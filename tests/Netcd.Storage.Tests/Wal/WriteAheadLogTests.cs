using Netcd.Storage.Disk;
using Netcd.Storage.Wal;

namespace Netcd.Storage.Tests.Wal;

public sealed class WriteAheadLogTests
{
    private static readonly byte[] OneVoter = [0x08, 0x01, 0x28, 0x00];

    [Fact]
    public void The_bytes_are_those_that_etcd_writes()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, "md"u8, WalFiles.Small))
        {
            log.AppendEntry(0, 2, 1, []);
            log.AppendEntry(1, 2, 2, "ab"u8);
            log.AppendHardState(new WalHardState(2, 300, 1));
            log.AppendMarker(new WalMarker(1, 2, OneVoter));
            log.Flush();
        }

        // Sums worked out from the data bytes alone, which is all that they cover.
        uint sum = 0;
        byte[] expected =
        [
            .. Frame(4, ref sum, []),
            .. Frame(1, ref sum, "md"u8),
            .. Frame(5, ref sum, [0x08, 0, 0x10, 0]),
            .. Frame(2, ref sum, [0x08, 0, 0x10, 2, 0x18, 1]),
            .. Frame(2, ref sum, [0x08, 1, 0x10, 2, 0x18, 2, 0x22, 2, (byte)'a', (byte)'b']),
            .. Frame(3, ref sum, [0x08, 2, 0x10, 0xAC, 0x02, 0x18, 1]),
            .. Frame(5, ref sum, [0x08, 1, 0x10, 2, 0x1A, 4, .. OneVoter]),
        ];
        byte[] written = WalFiles.Read(disk, WalFiles.Directory + "/0000000000000000-0000000000000000.wal");
        Assert.Equal(4096, written.Length);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(written.AsSpan(0, expected.Length)));
        Assert.False(written.AsSpan(expected.Length).ContainsAnyExcept((byte)0));
        Assert.Equal("0400000000000084" + "0804100000000000", Convert.ToHexString(written.AsSpan(0, 16)));
    }

    [Fact]
    public void What_was_flushed_is_read_back_and_what_was_not_is_gone()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, "md"u8, WalFiles.Small))
        {
            log.AppendEntry(0, 1, 1, "one"u8);
            log.AppendHardState(new WalHardState(1, 7, 1));
            log.Flush();
            log.AppendEntry(0, 1, 2, "two"u8);
            Assert.Equal(2u, log.LastIndex);
            Assert.True(log.PendingBytes > 0);
        }

        WalContent content = WalFiles.ReadAll(disk);
        Assert.Equal("md", System.Text.Encoding.UTF8.GetString(content.Metadata.Span));
        Assert.Equal(["0/1/1/6F6E65"], content.Entries.Select(WalFiles.Describe));
        Assert.Equal(new WalHardState(1, 7, 1), content.HardState);
        Assert.Null(content.Repair);
    }

    [Fact]
    public void Any_workload_is_read_back_as_a_list_that_lives_through_truncations_reopenings_and_cuts()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            Random random = new(seed);
            SimulatedDisk disk = WalFiles.NewDisk();
            WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, "md"u8, WalFiles.Small);
            List<string> expected = [];
            ulong term = 1;
            WalHardState state = default;
            for (int step = 0; step < 150; step++)
            {
                int committed = (int)state.Commit;
                int from = expected.Count;
                if (random.Next(10) == 0 && committed < expected.Count)
                {
                    from = random.Next(committed, expected.Count);
                    term++;
                }

                expected.RemoveRange(from, expected.Count - from);
                for (int i = random.Next(5); i >= 0; i--)
                {
                    byte[] data = WalFiles.Bytes(random.Next(4) == 0 ? 0 : random.Next(700), random.Next());
                    WalEntry entry = new(random.Next(3), term, (ulong)expected.Count + 1, data);
                    log.AppendEntry(entry.Type, entry.Term, entry.Index, data);
                    expected.Add(WalFiles.Describe(entry));
                }

                state = new WalHardState(term, 3, (ulong)random.Next(committed, expected.Count + 1));
                log.AppendHardState(state);
                log.Flush();
                if (random.Next(20) == 0)
                {
                    log.Dispose();
                    log = WriteAheadLog.Open(disk, WalFiles.Directory, default, out WalContent soFar, WalFiles.Small);
                    Assert.Equal(expected, soFar.Entries.Select(WalFiles.Describe));
                    Assert.Equal((ulong)expected.Count, log.LastIndex);
                }
                else if (random.Next(4) == 0)
                {
                    log.PrepareNextSegment();
                    Assert.True(log.IsNextSegmentPrepared);
                }
            }

            Assert.True(log.SegmentCount > 5);
            log.Dispose();
            WalContent content = WalFiles.ReadAll(disk);
            Assert.Equal(expected, content.Entries.Select(WalFiles.Describe));
            Assert.Equal(state, content.HardState);
            Assert.Null(content.Repair);
            Assert.DoesNotContain(disk.List(WalFiles.Directory), static name => name.EndsWith(".tmp", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_log_opens_at_a_marker_without_the_segments_before_it()
    {
        SimulatedDisk disk = WithMarkers(out int segments);
        WalMarker marker = WriteAheadLog.ReadMarkers(disk, WalFiles.Directory)[^1];
        Assert.Equal((90u, 1u), (marker.Index, marker.Term));
        Assert.Equal(OneVoter, marker.ConfState.ToArray());

        using (WriteAheadLog log = WriteAheadLog.Open(disk, WalFiles.Directory, marker, out WalContent content, WalFiles.Small))
        {
            Assert.Equal(Enumerable.Range(91, 10).Select(static i => (ulong)i), content.Entries.Select(static e => e.Index));
            Assert.Equal(0, log.Purge(1));
            log.ReleaseTo(60);
            int deleted = log.Purge(2);
            Assert.InRange(deleted, 1, segments - 3);
            Assert.Equal(segments - deleted, log.SegmentCount);
            Assert.Equal(segments - deleted, WalFiles.Segments(disk).Length);
        }

        Assert.Equal(40, WalFiles.ReadAll(disk, new WalMarker(60, 1, default)).Entries.Count);
        Assert.Throws<WalMarkerNotFoundException>(() => WalFiles.ReadAll(disk));
    }

    [Fact]
    public void A_last_record_is_whole_without_the_end_of_its_padding()
    {
        int whole = 0;
        for (int length = 1; length <= 8; length++)
        {
            SimulatedDisk disk = WalFiles.NewDisk();
            int end;
            using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small))
            {
                log.AppendEntry(0, 1, 1, WalFiles.Bytes(length, length));
                log.Flush();
                end = (int)log.TailBytes;
            }

            string path = Assert.Single(WalFiles.Segments(disk));
            WalFiles.Replace(disk, path, WalFiles.Read(disk, path).AsSpan(0, end - 1));
            whole += WalFiles.ReadAll(disk).Entries.Count;
        }

        Assert.Equal(7, whole);
    }

    /// <summary>A crash may leave the marker of a snapshot received without the hard state that makes it count.</summary>
    [Fact]
    public void A_marker_that_the_log_caught_up_with_only_later_is_found_in_its_old_segment()
    {
        const ulong Snapshot = 12;
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small))
        {
            log.AppendMarker(new WalMarker(Snapshot, 1, OneVoter));
            for (ulong index = 1; index <= 40; index++)
            {
                log.AppendEntry(0, 1, index, WalFiles.Bytes(2000, (int)index));
                log.Flush();
            }

            log.AppendHardState(new WalHardState(1, 0, 40));
            log.Flush();
            Assert.True(log.SegmentCount > 10);
        }

        Assert.Equal(28, WalFiles.ReadAll(disk, new WalMarker(Snapshot, 1, default)).Entries.Count);
        using WriteAheadLog chosen = WriteAheadLog.OpenAtChoice(
            disk, WalFiles.Directory, new WalMarker(50, 1, default), static markers => markers[^1], out WalContent content, WalFiles.Small);
        Assert.Equal(Snapshot + 1, content.Entries[0].Index);
        Assert.Equal(40u, chosen.LastIndex);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Entries_of_an_older_term_do_not_come_back_behind_a_marker(bool overwritten)
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small))
        {
            for (ulong index = 1; index <= 4; index++)
            {
                log.AppendEntry(0, 1, index, "old"u8);
            }

            // Either a new leader's entry took the place of the third, or its snapshot took the place of the log.
            if (overwritten)
            {
                log.AppendEntry(0, 2, 3, "new"u8);
            }

            log.AppendMarker(new WalMarker(3, 2, OneVoter));
            log.AppendHardState(new WalHardState(2, 0, 3));
            log.Flush();
        }

        Assert.Empty(WalFiles.ReadAll(disk, new WalMarker(3, 2, default)).Entries);
    }

    [Fact]
    public void Purge_keeps_as_many_segments_as_asked_and_every_one_that_is_still_needed()
    {
        SimulatedDisk disk = WithMarkers(out int segments);
        using WriteAheadLog log = WriteAheadLog.Open(disk, WalFiles.Directory, new WalMarker(90, 1, default), out _, WalFiles.Small);
        log.ReleaseTo(90);
        Assert.Equal(0, log.Purge(segments));
        Assert.Equal(1, log.Purge(segments - 1));
        log.Purge(0);
        Assert.Equal(10, WalFiles.ReadAll(disk, new WalMarker(90, 1, default)).Entries.Count);
    }

    [Fact]
    public void Segments_are_deleted_one_by_one_from_the_old_end_and_a_hole_there_does_no_harm()
    {
        SimulatedDisk disk = WithMarkers(out int segments, keepLog: true);
        int before = disk.OperationCount;
        using (WriteAheadLog log = WriteAheadLog.Open(disk, WalFiles.Directory, new WalMarker(90, 1, default), out _, WalFiles.Small))
        {
            log.ReleaseTo(90);
            Assert.Equal(3, log.Purge(segments - 3));
        }

        SimulatedDiskOperation[] done = [.. disk.Log.Skip(before).Where(static o => o.Kind is SimulatedDiskOperationKind.Delete
            or SimulatedDiskOperationKind.FlushDirectory).SkipWhile(static o => o.Kind != SimulatedDiskOperationKind.Delete)];
        Assert.Equal(6, done.Length);
        Assert.All(done.Chunk(2), static pair => Assert.Equal(
            (SimulatedDiskOperationKind.Delete, SimulatedDiskOperationKind.FlushDirectory), (pair[0].Kind, pair[1].Kind)));
        Assert.True(done.Where(static o => o.Kind == SimulatedDiskOperationKind.Delete).Select(static o => o.Path).Order().SequenceEqual(
            done.Where(static o => o.Kind == SimulatedDiskOperationKind.Delete).Select(static o => o.Path)));

        disk.Delete(WalFiles.Segments(disk)[1]);
        Assert.Equal(90u, WriteAheadLog.ReadMarkers(disk, WalFiles.Directory)[^1].Index);
        Assert.Equal(10, WalFiles.ReadAll(disk, new WalMarker(90, 1, default)).Entries.Count);
    }

    [Theory]
    [InlineData(90, 1)]
    [InlineData(60, 1)]
    [InlineData(0, 0)]
    [InlineData(90, 2)]
    [InlineData(5_000, 9)]
    public void A_log_opens_at_the_chosen_marker_whichever_was_expected(ulong index, ulong term)
    {
        SimulatedDisk disk = WithMarkers(out _);
        WalContent expected = WalFiles.ReadAll(disk, new WalMarker(90, 1, default));
        using WriteAheadLog log = WriteAheadLog.OpenAtChoice(
            disk,
            WalFiles.Directory,
            new WalMarker(index, term, default),
            static markers => markers[^1],
            out WalContent content,
            WalFiles.Small);
        Assert.Equal(expected.Entries.Select(WalFiles.Describe), content.Entries.Select(WalFiles.Describe));
        Assert.Equal(expected.HardState, content.HardState);
        Assert.Equal(100u, log.LastIndex);
    }

    [Fact]
    public void A_marker_that_is_not_there_or_has_another_term_is_refused()
    {
        SimulatedDisk disk = WithMarkers(out _);
        Assert.Throws<WalMarkerNotFoundException>(() => WalFiles.ReadAll(disk, new WalMarker(91, 1, default)));
        Assert.Throws<WalMarkerNotFoundException>(() => WalFiles.ReadAll(disk, new WalMarker(90, 2, default)));
        Assert.Throws<WalMarkerNotFoundException>(() => WalFiles.ReadAll(disk, default, "/none"));
    }

    [Fact]
    public void A_marker_ahead_of_the_commit_index_is_not_valid()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small))
        {
            log.AppendMarker(new WalMarker(5, 1, OneVoter));
            log.Flush();
            Assert.Equal([0UL], WriteAheadLog.ReadMarkers(disk, WalFiles.Directory).Select(static m => m.Index));
            Assert.Equal(5u, log.LastIndex);
            log.AppendHardState(new WalHardState(1, 0, 5));
            log.Flush();
        }

        Assert.Equal([0UL, 5UL], WriteAheadLog.ReadMarkers(disk, WalFiles.Directory).Select(static m => m.Index));
        Assert.Equal(2, WalFiles.ReadAll(disk, new WalMarker(5, 1, default)).Markers.Count);
    }

    [Fact]
    public void A_log_is_created_once()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        Assert.False(WriteAheadLog.Exists(disk, WalFiles.Directory));
        WriteAheadLog.Create(disk, WalFiles.Directory, []).Dispose();
        Assert.True(WriteAheadLog.Exists(disk, WalFiles.Directory));
        Assert.Throws<IOException>(() => WriteAheadLog.Create(disk, WalFiles.Directory, []));
    }

    [Fact]
    public void A_failed_write_or_flush_is_final()
    {
        foreach (bool write in new[] { true, false })
        {
            SimulatedDisk disk = WalFiles.NewDisk();
            using WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small);
            if (write)
            {
                disk.FailWriteAfter(0);
            }
            else
            {
                disk.FailFlushAfter(0);
            }

            log.AppendEntry(0, 1, 1, "x"u8);
            Assert.Throws<IOException>(log.Flush);
            Assert.Throws<WalFailedException>(log.Flush);
            Assert.Throws<WalFailedException>(() => log.AppendEntry(0, 1, 2, "y"u8));
            Assert.Throws<WalFailedException>(() => log.AppendHardState(new WalHardState(1, 0, 0)));
            Assert.Throws<WalFailedException>(() => log.AppendMarker(default));
            Assert.Throws<WalFailedException>(log.PrepareNextSegment);
        }
    }

    [Fact]
    public void A_full_disk_stops_the_preparation_of_a_segment_and_not_the_log()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small))
        {
            disk.CapacityBytes = disk.AllocatedBytes + 100;
            Assert.True(DiskErrors.IsDiskFull(Assert.ThrowsAny<IOException>(log.PrepareNextSegment)));
            Assert.False(log.IsNextSegmentPrepared);
            log.AppendEntry(0, 1, 1, "x"u8);
            log.Flush();
            log.AppendEntry(0, 1, 2, WalFiles.Bytes(5000, 1));
            Assert.True(DiskErrors.IsDiskFull(Assert.ThrowsAny<IOException>(log.Flush)));
            Assert.Throws<WalFailedException>(log.Flush);
        }

        disk.CapacityBytes = null;
        Assert.Single(WalFiles.ReadAll(disk).Entries);
        Assert.Single(disk.List(WalFiles.Directory));
    }

    [Fact]
    public void C1_without_a_file_descriptor_the_log_begins_the_segment_that_is_open_already_and_then_goes_on_in_its_last_one()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small))
        {
            log.AppendEntry(0, 1, 1, "x"u8);
            log.Flush();
            disk.Fault = static operation =>
                operation.Kind == SimulatedDiskOperationKind.CreateFile ? new OutOfDescriptorsException(operation.Path) : null;
            ulong index = 2;
            for (; index <= 60; index++)
            {
                log.AppendEntry(0, 1, index, WalFiles.Bytes(450, (int)index));
                log.Flush();
            }

            Assert.Equal((2, true), (log.SegmentCount, log.LacksRoom));
            disk.Fault = null;
            log.TryBeginNextSegment();
            Assert.Equal((3, false), (log.SegmentCount, log.LacksRoom));
            log.AppendEntry(0, 1, index, "y"u8);
            log.Flush();
        }

        Assert.Equal(61, WalFiles.ReadAll(disk).Entries.Count);
    }

    [Fact]
    public void On_a_full_disk_the_log_says_that_it_lacks_room_while_some_is_left_and_when_that_runs_out()
    {
        WalOptions options = WalFiles.Small with { SegmentBytes = 64 * 1024 };
        SimulatedDisk disk = WalFiles.NewDisk();
        using WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], options);
        disk.CapacityBytes = disk.AllocatedBytes;
        AppendUntil(log, 450, static log => log.LacksRoom);
        Assert.InRange(log.TailBytes, 60 * 1024, 61 * 1024);
        Assert.False(log.IsRunningOut);
        AppendUntil(log, 30, static log => log.IsRunningOut);
        Assert.InRange(log.TailBytes, 63 * 1024, 64 * 1024 - 900);
        disk.CapacityBytes = null;
        log.TryBeginNextSegment();
        Assert.Equal((2, false, false), (log.SegmentCount, log.LacksRoom, log.IsRunningOut));
        AppendUntil(log, 450, static log => log.SegmentCount == 3);
    }

    [Fact]
    public void A_log_that_is_opened_on_a_full_disk_has_as_much_of_its_room_as_there_is_and_says_when_it_runs_out()
    {
        WalOptions options = WalFiles.Small with { SegmentBytes = 64 * 1024 };
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], options))
        {
            AppendUntil(log, 450, static log => log.LastIndex == 5);
        }

        disk.CapacityBytes = disk.AllocatedBytes - (24 * 1024);
        using WriteAheadLog opened = WriteAheadLog.Open(disk, WalFiles.Directory, default, out _, options);
        AppendUntil(opened, 450, static log => log.LacksRoom);
        AppendUntil(opened, 30, static log => log.IsRunningOut);
        Assert.InRange(opened.TailBytes, 30 * 1024, 40 * 1024);
    }

    [Fact]
    public void On_a_disk_without_room_for_the_next_segment_the_log_goes_on_in_its_last_one()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small))
        {
            disk.CapacityBytes = disk.AllocatedBytes + 3000;
            for (ulong index = 1; index <= 12; index++)
            {
                log.AppendEntry(0, 1, index, WalFiles.Bytes(450, (int)index));
                log.Flush();
            }

            Assert.True(log.LacksRoom);
            Assert.Equal(1, log.SegmentCount);
            log.TryBeginNextSegment();
            Assert.True(log.LacksRoom);
        }

        // A start in between, on the disk that is as full as before.
        using (WriteAheadLog log = WriteAheadLog.Open(disk, WalFiles.Directory, default, out WalContent content, WalFiles.Small))
        {
            Assert.Equal(12, content.Entries.Count);
            log.AppendEntry(0, 1, 13, "x"u8);
            log.Flush();
            Assert.True(log.LacksRoom);
            log.AppendHardState(new WalHardState(1, 0, 13));
            disk.CapacityBytes = null;
            log.TryBeginNextSegment();
            Assert.False(log.LacksRoom);
            Assert.Equal((2, 0), (log.SegmentCount, log.PendingBytes));
            log.AppendEntry(0, 1, 14, "y"u8);
            log.Flush();
        }

        WalContent all = WalFiles.ReadAll(disk);
        Assert.Equal(Enumerable.Range(1, 14).Select(static index => (ulong)index), all.Entries.Select(static entry => entry.Index));
        Assert.Equal(13UL, all.HardState.Commit);
        Assert.Equal(2, WalFiles.Segments(disk).Length);
    }

    [Fact]
    public void On_a_full_disk_a_log_opens_without_the_room_that_it_likes_to_have_reserved()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small))
        {
            log.AppendEntry(0, 1, 1, "x"u8);
            log.Flush();
        }

        // As a copy that left the zeros out.
        string segment = WalFiles.Segments(disk).Single();
        WalFiles.Replace(disk, segment, WalFiles.Read(disk, segment).AsSpan(0, 512));
        disk.CapacityBytes = disk.AllocatedBytes + 100;
        using (WriteAheadLog log = WriteAheadLog.Open(disk, WalFiles.Directory, default, out WalContent content, WalFiles.Small))
        {
            Assert.Single(content.Entries);
            log.AppendEntry(0, 1, 2, "y"u8);
            log.Flush();
        }

        Assert.Equal(2, WalFiles.ReadAll(disk).Entries.Count);
    }

    [Fact]
    public void What_no_raft_log_does_is_refused_before_it_is_written()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, [], WalFiles.Small);
        Assert.Throws<ArgumentOutOfRangeException>(() => log.AppendEntry(0, 1, 2, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.AppendEntry(3, 1, 1, []));
        Assert.Throws<ArgumentOutOfRangeException>(() => log.AppendEntry(0, 0, 1, []));
        Assert.Throws<ArgumentException>(() => log.AppendHardState(new WalHardState(1, 0, 1)));
        Assert.Throws<ArgumentException>(() => log.AppendMarker(new WalMarker(1, 1, default)));
        log.AppendEntry(0, 1, 1, []);
        log.AppendHardState(new WalHardState(2, 0, 1));
        Assert.Throws<ArgumentException>(() => log.AppendHardState(new WalHardState(1, 0, 1)));
    }

    [Fact]
    public void Appending_and_flushing_allocate_nothing()
    {
        string directory = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using WriteAheadLog log = WriteAheadLog.Create(PhysicalDisk.Instance, directory, "md"u8);
            byte[] data = WalFiles.Bytes(256, 1);
            Append(log, data, 64);

            // The runtime may allocate for itself on this thread, once: what is asked is that a round comes without.
            Assert.Contains(Enumerable.Range(0, 5), _ => AllocatedBy(() => Append(log, data, 2000)) == 0);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }

        static long AllocatedBy(Action append)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            append();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        static void Append(WriteAheadLog log, byte[] data, int count)
        {
            for (int i = 0; i < count; i++)
            {
                log.AppendEntry(0, 1, log.LastIndex + 1, data);
                if (i % 500 == 0)
                {
                    log.AppendHardState(new WalHardState(1, 1, log.LastIndex));
                    log.Flush();
                }
            }
        }
    }

    private static SimulatedDisk WithMarkers(out int segments, bool keepLog = false)
    {
        SimulatedDisk disk = new(keepLog);
        using WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, "md"u8, WalFiles.Small);
        for (ulong index = 1; index <= 100; index++)
        {
            log.AppendEntry(0, 1, index, WalFiles.Bytes(300, (int)index));
            log.AppendHardState(new WalHardState(1, 1, index));
            if (index % 30 == 0)
            {
                log.AppendMarker(new WalMarker(index, 1, OneVoter));
            }

            log.Flush();
        }

        segments = log.SegmentCount;
        Assert.True(segments > 5);
        return disk;
    }

    private static byte[] Frame(byte type, ref uint sum, ReadOnlySpan<byte> data)
    {
        sum = Crc32C.Append(sum, data);
        List<byte> record = [0x08, type, 0x10];
        for (uint rest = sum; ; rest >>= 7)
        {
            record.Add((byte)(rest >= 0x80 ? rest | 0x80 : rest));
            if (rest < 0x80)
            {
                break;
            }
        }

        if (!data.IsEmpty)
        {
            record.AddRange([0x1A, (byte)data.Length, .. data]);
        }

        int padding = (8 - (record.Count % 8)) % 8;
        byte[] frame = [.. BitConverter.GetBytes((long)record.Count), .. record, .. new byte[padding]];
        frame[7] = (byte)(padding == 0 ? 0 : 0x80 | padding);
        return frame;
    }

    private static void AppendUntil(WriteAheadLog log, int bytes, Func<WriteAheadLog, bool> condition)
    {
        while (!condition(log))
        {
            Assert.True(log.LastIndex < 10_000, "it never becomes so");
            ulong index = log.LastIndex + 1;
            log.AppendEntry(0, 1, index, WalFiles.Bytes(bytes, (int)index));
            log.Flush();
        }
    }
}
