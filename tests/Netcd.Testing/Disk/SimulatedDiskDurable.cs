namespace Netcd.Testing.Disk;

/// <summary>
/// What the medium of a <see cref="SimulatedDisk"/> surely holds after a run of operations, and those that no flush covered
/// yet. Operations are applied in order; at any point images of what a crash could leave are drawn from it.
/// </summary>
internal sealed class SimulatedDiskDurable
{
    private const int SectorSize = 512;

    private readonly Dictionary<int, DurableFile> files = [];
    private readonly Dictionary<string, int> names;
    private readonly HashSet<string> directories;
    private readonly List<SimulatedDiskOperation> pendingNames = [];

    public SimulatedDiskDurable(Start start)
    {
        names = new(start.Names, StringComparer.Ordinal);
        directories = new(start.Directories, StringComparer.Ordinal);
        foreach ((int id, byte[] content) in start.Contents)
        {
            files[id] = new DurableFile([.. content]);
        }
    }

    public void Apply(SimulatedDiskOperation operation)
    {
        switch (operation.Kind)
        {
            case SimulatedDiskOperationKind.CreateDirectory:
                directories.Add(operation.Path);
                break;
            case SimulatedDiskOperationKind.CreateFile:
                files[operation.FileId] = new DurableFile([]);
                pendingNames.Add(operation);
                break;
            case SimulatedDiskOperationKind.Rename or SimulatedDiskOperationKind.Delete:
                pendingNames.Add(operation);
                break;
            case SimulatedDiskOperationKind.FlushDirectory:
                FlushNames(operation.Path);
                break;
            // A file whose last name is durably gone may still be written through an open handle: that leaves no trace.
            default:
                if (files.TryGetValue(operation.FileId, out DurableFile? file))
                {
                    file.Apply(operation);
                }

                break;
        }
    }

    /// <summary>Draws an image; <paramref name="last"/> had begun and is not applied yet.</summary>
    public SimulatedDisk Draw(SimulatedDiskOperation? last, SimulatedDiskCrash crash, bool keepLog)
    {
        SimulatedDiskRandom random = new(crash.Seed);
        // Crashes that lose nearly all and crashes that lose nearly nothing find different faults.
        int keepPercent = random.Below(5) * 25;
        Dictionary<string, int> imageNames = new(names, StringComparer.Ordinal);
        HashSet<string> imageDirectories = new(directories, StringComparer.Ordinal);
        List<SimulatedDiskOperation> unflushedNames = [.. pendingNames];
        switch (last?.Kind)
        {
            case SimulatedDiskOperationKind.CreateFile or SimulatedDiskOperationKind.Rename or SimulatedDiskOperationKind.Delete:
                unflushedNames.Add(last);
                break;
            case SimulatedDiskOperationKind.CreateDirectory when crash.Fate != UnflushedFate.Dropped:
                imageDirectories.Add(last.Path);
                break;
        }

        int surviving = crash.Fate switch
        {
            UnflushedFate.Kept => unflushedNames.Count,
            UnflushedFate.Dropped => 0,
            _ => random.Below(unflushedNames.Count + 1),
        };
        for (int i = 0; i < surviving; i++)
        {
            ApplyName(imageNames, unflushedNames[i]);
        }

        Dictionary<int, SimulatedDiskContent> contents = [];
        foreach (int id in imageNames.Values)
        {
            if (!files.TryGetValue(id, out DurableFile? file))
            {
                file = new DurableFile([]);
            }

            contents[id] = file.Draw(last is not null && last.FileId == id ? last : null, crash, keepPercent, ref random);
        }

        return new SimulatedDisk(imageNames, imageDirectories, contents, keepLog);
    }

    private void FlushNames(string directory)
    {
        int kept = 0;
        for (int i = 0; i < pendingNames.Count; i++)
        {
            SimulatedDiskOperation operation = pendingNames[i];
            if (SimulatedDisk.DirectoryOf(operation.Target ?? operation.Path) == directory)
            {
                ApplyName(names, operation);
            }
            else
            {
                pendingNames[kept++] = operation;
            }
        }

        if (kept == pendingNames.Count)
        {
            return;
        }

        pendingNames.RemoveRange(kept, pendingNames.Count - kept);
        HashSet<int> named = [.. names.Values, .. pendingNames.Select(static p => p.FileId)];
        foreach (int id in files.Keys.Where(id => !named.Contains(id)).ToList())
        {
            files.Remove(id);
        }
    }

    private static void ApplyName(Dictionary<string, int> names, SimulatedDiskOperation operation)
    {
        switch (operation.Kind)
        {
            case SimulatedDiskOperationKind.CreateFile:
                names[operation.Path] = operation.FileId;
                break;
            case SimulatedDiskOperationKind.Delete:
                names.Remove(operation.Path);
                break;
            case SimulatedDiskOperationKind.Rename:
                names.Remove(operation.Path);
                names[operation.Target!] = operation.FileId;
                break;
        }
    }

    /// <summary>A copy of what a disk held when its log began.</summary>
    internal sealed class Start(Dictionary<string, int> names, HashSet<string> directories, Dictionary<int, SimulatedDiskContent> contents)
    {
        public Dictionary<string, int> Names { get; } = new(names, StringComparer.Ordinal);

        public HashSet<string> Directories { get; } = new(directories, StringComparer.Ordinal);

        public Dictionary<int, byte[]> Contents { get; } = contents.ToDictionary(static c => c.Key, static c => c.Value.Span.ToArray());
    }

    private enum PendingState
    {
        Unflushed,

        /// <summary>Its flush failed: no later one makes it durable.</summary>
        Doomed,

        /// <summary>Flushed, but over a doomed one: it must be applied after that, whatever becomes of it.</summary>
        Durable,
    }

    private readonly record struct Pending(SimulatedDiskOperation Operation, PendingState State);

    private sealed class DurableFile(byte[] initial)
    {
        private readonly SimulatedDiskContent content = new(initial, initial.Length);

        private List<Pending> Pending { get; } = [];

        public void Apply(SimulatedDiskOperation operation)
        {
            switch (operation.Kind)
            {
                case SimulatedDiskOperationKind.Write or SimulatedDiskOperationKind.SetLength:
                    Pending.Add(new Pending(operation, PendingState.Unflushed));
                    break;
                case SimulatedDiskOperationKind.Flush:
                    Flush();
                    break;
                case SimulatedDiskOperationKind.FailedFlush:
                    Doom();
                    break;
                case SimulatedDiskOperationKind.FlipBits:
                    FlipIn(content, operation);
                    break;
            }
        }

        private void Flush()
        {
            if (Pending.Exists(static p => p.State == PendingState.Doomed))
            {
                for (int i = 0; i < Pending.Count; i++)
                {
                    if (Pending[i].State == PendingState.Unflushed)
                    {
                        Pending[i] = Pending[i] with { State = PendingState.Durable };
                    }
                }

                return;
            }

            foreach (Pending pending in Pending)
            {
                Perform(content, pending.Operation, int.MaxValue);
            }

            Pending.Clear();
        }

        private void Doom()
        {
            for (int i = 0; i < Pending.Count; i++)
            {
                if (Pending[i].State == PendingState.Unflushed)
                {
                    Pending[i] = Pending[i] with { State = PendingState.Doomed };
                }
            }
        }

        public SimulatedDiskContent Draw(
            SimulatedDiskOperation? last, SimulatedDiskCrash crash, int keepPercent, ref SimulatedDiskRandom random)
        {
            SimulatedDiskContent image = new(content.Span.ToArray(), content.Length);
            foreach (Pending pending in Pending)
            {
                if (pending.State == PendingState.Durable)
                {
                    Perform(image, pending.Operation, int.MaxValue);
                }
                else
                {
                    Chance(image, pending.Operation, int.MaxValue, crash, keepPercent, ref random);
                }
            }

            if (last is not null)
            {
                Chance(image, last, crash.TornBytes ?? int.MaxValue, crash, keepPercent, ref random);
            }

            return image;
        }

        private static void Chance(
            SimulatedDiskContent image,
            SimulatedDiskOperation operation,
            int limit,
            SimulatedDiskCrash crash,
            int keepPercent,
            ref SimulatedDiskRandom random)
        {
            if (crash.Fate == UnflushedFate.Dropped || (crash.Fate == UnflushedFate.Random && random.Below(100) >= keepPercent))
            {
                return;
            }

            if (crash.Fate == UnflushedFate.Random && operation.Kind == SimulatedDiskOperationKind.Write
                && random.Below(crash.TornOneIn) == 0)
            {
                Tear(image, operation, limit, ref random);
                return;
            }

            Perform(image, operation, limit);
        }

        private static void Tear(SimulatedDiskContent image, SimulatedDiskOperation operation, int limit, ref SimulatedDiskRandom random)
        {
            ReadOnlySpan<byte> data = operation.Data.Span[..Math.Min(limit, operation.Data.Length)];
            if (random.Below(2) == 0)
            {
                image.Write(operation.Offset, data[..random.Below(data.Length + 1)]);
                return;
            }

            for (int start = 0; start < data.Length;)
            {
                int end = (int)Math.Min(data.Length, start + SectorSize - ((operation.Offset + start) % SectorSize));
                if (random.Below(2) == 0)
                {
                    image.Write(operation.Offset + start, data[start..end]);
                }

                start = end;
            }
        }

        private static void Perform(SimulatedDiskContent image, SimulatedDiskOperation operation, int limit)
        {
            switch (operation.Kind)
            {
                case SimulatedDiskOperationKind.Write:
                    image.Write(operation.Offset, operation.Data.Span[..Math.Min(limit, operation.Data.Length)]);
                    break;
                case SimulatedDiskOperationKind.SetLength:
                    image.SetLength(operation.Length);
                    break;
            }
        }
    }

    internal static void FlipIn(SimulatedDiskContent content, SimulatedDiskOperation operation)
    {
        Span<byte> one = stackalloc byte[1];
        if (content.Read(operation.Offset, one) == 1)
        {
            one[0] ^= operation.Data.Span[0];
            content.Write(operation.Offset, one);
        }
    }
}
