using System.Buffers.Binary;
using Netcd.Storage.Wal;

namespace Netcd.Storage.Tests.Wal;

public sealed class WalCorruptionTests
{
    private static readonly byte[] OneVoter = [0x08, 0x01, 0x28, 0x00];

    [Fact]
    public void No_flipped_byte_loses_a_flushed_record_silently()
    {
        (string Path, byte[] Bytes)[] files = Sample(out List<string> whole, out long contentEnd);
        int refused = 0;
        int harmless = 0;
        Random random = new(7);
        for (int file = 0; file < files.Length; file++)
        {
            byte[] original = files[file].Bytes;
            for (int at = 0; at < original.Length; at++)
            {
                foreach (byte mask in new HashSet<byte> { 1, 2, 4, 8, 16, 32, 64, 128, 255, original[at], (byte)random.Next(1, 256) })
                {
                    if (mask == 0)
                    {
                        continue;
                    }

                    byte[] damaged = [.. original];
                    damaged[at] ^= mask;
                    SimulatedDisk disk = WalFiles.DiskWith([.. files.Select((f, i) => i == file ? (f.Path, damaged) : f)]);
                    string what = $"byte {at} of {files[file].Path} with {mask:x2}";
                    try
                    {
                        List<string> found = Describe(WalFiles.ReadAll(disk));
                        // A zero at the very end of the log is what a write cut short there leaves: the one case that cannot be told.
                        bool isCutShort = file == files.Length - 1 && at == contentEnd - 1 && damaged[at] == 0;
                        Assert.True(
                            isCutShort || whole.SequenceEqual(found),
                            $"{what}: opened with {found.Count} of {whole.Count}, last {found[^1]}");
                        harmless++;
                    }
                    catch (Exception failure) when (failure is WalCorruptException or WalMarkerNotFoundException)
                    {
                        refused++;
                    }
                }
            }
        }

        Assert.True(refused > 3 * harmless / 2, $"{refused} refused, {harmless} harmless");
    }

    [Fact]
    public void A_length_that_reads_zero_while_its_record_is_there_loses_nothing_silently()
    {
        (string Path, byte[] Bytes)[] files = Sample(out List<string> whole, out long contentEnd);
        byte[] last = files[^1].Bytes;
        int frames = 0;
        for (int at = 0; at < contentEnd; at += 8 + (int)((BinaryPrimitives.ReadUInt64LittleEndian(last.AsSpan(at)) + 7) & 0xFFFFF8))
        {
            frames++;
            byte[] damaged = [.. last];
            damaged.AsSpan(at, 8).Clear();
            SimulatedDisk disk = WalFiles.DiskWith([.. files[..^1], (files[^1].Path, damaged)]);
            try
            {
                Assert.Equal(whole, Describe(WalFiles.ReadAll(disk)));
            }
            catch (WalCorruptException refusal)
            {
                Assert.Equal((files[^1].Path, at), (refusal.File, (int)refusal.Offset));
            }
        }

        Assert.True(frames > 3);
    }

    [Fact]
    public void Cut_off_at_any_byte_the_log_opens_with_what_was_before_and_takes_more()
    {
        (string Path, byte[] Bytes)[] files = Sample(out List<string> whole, out long contentEnd);
        byte[] last = files[^1].Bytes;
        int before = -1;
        for (int length = 0; length <= contentEnd; length++)
        {
            SimulatedDisk disk = WalFiles.DiskWith([.. files[..^1], (files[^1].Path, last[..length])]);
            if (length < HeadBytes(last))
            {
                Assert.Throws<WalCorruptException>(() => WalFiles.ReadAll(disk));
                continue;
            }

            WalContent content;
            using (WriteAheadLog log = WriteAheadLog.Open(disk, WalFiles.Directory, default, out content, WalFiles.Small))
            {
                log.AppendEntry(0, 9, log.LastIndex + 1, "more"u8);
                log.Flush();
            }

            List<string> found = Describe(content);
            Assert.True(found.Count >= before && IsHistory(whole, content), $"cut at {length}");
            before = found.Count;
            Assert.Equal(content.Entries.Count + 1, WalFiles.ReadAll(disk).Entries.Count);
            Assert.Equal("more"u8.ToArray(), WalFiles.ReadAll(disk).Entries[^1].Data.ToArray());
        }

        Assert.Equal(whole.Count, before);
    }

    [Fact]
    public void Cut_off_or_missing_anywhere_else_it_is_refused()
    {
        (string Path, byte[] Bytes)[] files = Sample(out _, out _);
        Assert.True(files.Length >= 3);
        byte[] middle = files[1].Bytes;
        for (int length = 0; length < middle.Length - 8; length++)
        {
            SimulatedDisk disk = WalFiles.DiskWith([.. files[..1], (files[1].Path, middle[..length]), .. files[2..]]);
            WalCorruptException refusal = Assert.Throws<WalCorruptException>(() => WalFiles.ReadAll(disk));
            Assert.Contains(".wal", refusal.File, StringComparison.Ordinal);
        }

        SimulatedDisk without = WalFiles.DiskWith([.. files[..1], .. files[2..]]);
        Assert.Throws<WalMarkerNotFoundException>(() => WalFiles.ReadAll(without));
    }

    [Fact]
    public void A_commit_index_ahead_of_the_log_tells_that_entries_are_missing()
    {
        uint sum = 0;
        byte[] file = [.. Frame(4, ref sum, []), .. Frame(1, ref sum, "md"u8),
            .. Frame(5, ref sum, [0x08, 0, 0x10, 0]), .. Frame(3, ref sum, [0x08, 1, 0x10, 1, 0x18, 3])];
        Assert.Throws<WalCorruptException>(() => WalFiles.ReadAll(WalFiles.DiskWith((FirstPath, file))));
    }

    [Fact]
    public void Zeros_behind_the_last_record_are_room_and_no_damage()
    {
        (string Path, byte[] Bytes)[] files = Sample(out List<string> whole, out _);
        files[^1].Bytes = [.. files[^1].Bytes, .. new byte[100_000]];
        WalContent content = WalFiles.ReadAll(WalFiles.DiskWith(files));
        Assert.Equal(whole, Describe(content));
        Assert.Null(content.Repair);
    }

    [Fact]
    public void A_torn_tail_is_reported_and_cut_off_for_good()
    {
        (string Path, byte[] Bytes)[] files = Sample(out _, out long contentEnd);
        byte[] torn = [.. files[^1].Bytes];
        torn.AsSpan((int)contentEnd - 30).Clear();
        SimulatedDisk disk = WalFiles.DiskWith([.. files[..^1], (files[^1].Path, torn)]);
        WalContent content = WalFiles.ReadAll(disk);
        Assert.NotNull(content.Repair);
        Assert.Equal(files[^1].Path, content.Repair.File);
        Assert.InRange(content.Repair.Offset, 1, contentEnd - 30);
        Assert.True(content.Repair.Bytes > 0);
        Assert.Null(WalFiles.ReadAll(disk).Repair);
        Assert.False(WalFiles.Read(disk, files[^1].Path).AsSpan((int)content.Repair.Offset).ContainsAnyExcept((byte)0));
    }

    [Fact]
    public void A_length_that_was_lost_with_the_sector_it_ended_is_restored()
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, "md"u8, WalFiles.Small))
        {
            // Fills up so that the next frame's length is the last thing in its sector.
            for (ulong index = 1; log.TailBytes % 512 != 504; index++)
            {
                int gap = (int)((504 - (log.TailBytes % 512) + 512) % 512);
                log.AppendEntry(0, 1, index, WalFiles.Bytes(gap is < 80 or > 200 ? 100 : gap - 32, 1));
                log.Flush();
            }

            log.AppendEntry(0, 1, log.LastIndex + 1, "kept"u8);
            log.AppendEntry(0, 1, log.LastIndex + 1, "and its successor"u8);
            log.Flush();
        }

        byte[] file = WalFiles.Read(disk, FirstPath);
        int boundary = Enumerable.Range(
            1, 7).Select(static i => (i * 512) - 8)
                .First(at => BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at)) is > 0 and < 1UL << 40 or > 1UL << 63
                    && file[at + 8] == 8 && file[at + 9] == 2);
        WalContent before = WalFiles.ReadAll(disk);
        Assert.NotEqual(0, file[boundary + 7]);
        for (int restored = 0; restored < 8; restored++)
        {
            // The repair writes the length again: the power may go in the middle of that.
            byte[] damaged = [.. file];
            damaged.AsSpan(boundary + restored, 8 - restored).Clear();
            SimulatedDisk lost = WalFiles.DiskWith((FirstPath, damaged));
            WalContent after = WalFiles.ReadAll(lost);
            Assert.Equal(before.Entries.Select(WalFiles.Describe), after.Entries.Select(WalFiles.Describe));
            Assert.Equal(boundary, after.Repair?.Offset);
            Assert.Equal(file, WalFiles.Read(lost, FirstPath));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Whatever_the_files_hold_reading_ends_soon_and_needs_little_memory(bool withSums)
    {
        (string Path, byte[] Bytes)[] files = Sample(out _, out _);
        for (int seed = 0; seed < 1500; seed++)
        {
            Random random = new(seed);
            byte[] mutated = withSums ? RandomRecords(random) : Mutate(files[^1].Bytes, random);
            SimulatedDisk disk = withSums
                ? WalFiles.DiskWith((FirstPath, mutated))
                : WalFiles.DiskWith([.. files[..^1], (files[^1].Path, mutated)]);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                _ = WriteAheadLog.ReadMarkers(disk, WalFiles.Directory);
                WalFiles.ReadAll(disk);
            }
            catch (Exception failure) when (failure is WalCorruptException or WalMarkerNotFoundException)
            {
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2_000_000);
        }
    }

    private static string FirstPath => Path.Combine(WalFiles.Directory, new SegmentName(0, 0).ToString());

    private static (string Path, byte[] Bytes)[] Sample(out List<string> whole, out long contentEnd)
    {
        SimulatedDisk disk = WalFiles.NewDisk();
        WalOptions options = new() { SegmentBytes = 1500, BufferBytes = 512 };
        using (WriteAheadLog log = WriteAheadLog.Create(disk, WalFiles.Directory, "md"u8, options))
        {
            for (ulong index = 1; index <= 40; index++)
            {
                log.AppendEntry(
                    (int)(index % 11 == 0 ? 1UL : 0),
                    1 + (index / 15),
                    index,
                    WalFiles.Bytes(index % 15 == 0 ? 0 : (int)(index * 37 % 190), (int)index));
                log.AppendHardState(new WalHardState(1 + (index / 15), 0xABCDEF0123456789, index - 1));
                if (index % 12 == 0)
                {
                    log.AppendMarker(new WalMarker(index - 1, 1, OneVoter));
                }

                log.Flush();
            }

            contentEnd = log.TailBytes;
        }

        (string, byte[])[] files = [.. WalFiles.Segments(disk).Select(path => (path, WalFiles.Read(disk, path)))];
        contentEnd = files[^1].Item2.AsSpan().LastIndexOfAnyExcept((byte)0) + 1;
        whole = Describe(WalFiles.ReadAll(disk));
        return files;
    }

    private static List<string> Describe(WalContent content) =>
        [.. content.Entries.Select(WalFiles.Describe),
            .. content.Markers.Select(static m => $"marker {m.Index}/{m.Term}"), content.HardState.ToString()];

    private static bool IsHistory(List<string> whole, WalContent content) =>
        content.Entries.Select(WalFiles.Describe).SequenceEqual(whole.Take(content.Entries.Count))
            && content.HardState.Commit <= (ulong)content.Entries.Count;

    private static int HeadBytes(byte[] segment)
    {
        int at = 0;
        for (int record = 0; record < 2; record++)
        {
            int length = (int)(BinaryPrimitives.ReadUInt64LittleEndian(segment.AsSpan(at)) & 0xFFFFFF);
            int end = at + 8 + length;
            at = record == 1 ? end : (end + 7) & ~7;
        }

        return at;
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        List<byte> bytes = [.. original];
        for (int i = random.Next(1, 6); i > 0 && bytes.Count > 0; i--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, random.Next(bytes.Count - at));
                    break;
                case 2:
                    bytes.InsertRange(at, WalFiles.Bytes(random.Next(40), random.Next()));
                    break;
                case 3:
                    bytes.InsertRange(at & ~7, BitConverter.GetBytes(random.NextInt64(long.MinValue, long.MaxValue)));
                    break;
                default:
                    bytes.InsertRange(at, bytes.GetRange(0, random.Next(bytes.Count)));
                    break;
            }
        }

        return [.. bytes];
    }

    // Sound frames and sums around messages that are not: what lies behind the checks is fuzzed too.
    private static byte[] RandomRecords(Random random)
    {
        uint sum = 0;
        List<byte> bytes = [.. Frame(4, ref sum, []), .. Frame(1, ref sum, "md"u8), .. Frame(5, ref sum, [0x08, 0, 0x10, 0])];
        for (int i = random.Next(20); i > 0; i--)
        {
            byte[] data = new byte[random.Next(40)];
            random.NextBytes(data);
            for (int field = 0, at = 0; at < data.Length && random.Next(8) != 0; at += 2)
            {
                data[at] = (byte)((++field << 3) | (field > 3 ? 2 : 0));
            }

            bytes.AddRange(Frame((byte)random.Next(1, 6), ref sum, data));
        }

        return [.. bytes];
    }

    private static byte[] Frame(byte type, ref uint sum, ReadOnlySpan<byte> data)
    {
        RecordEncoder encoder = new(sum, 64);
        encoder.Add((RecordType)type, data, []);
        sum = encoder.Sum;
        return encoder.Pending.ToArray();
    }
}
