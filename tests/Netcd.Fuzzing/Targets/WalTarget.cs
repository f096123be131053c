namespace Netcd.Fuzzing.Targets;

/// <summary>The bytes of the log's last segment.</summary>
internal sealed class WalTarget : IFuzzTarget
{
    public string Name => "wal";

    public IReadOnlyList<byte[]> Seeds { get; } = [DataDirectory.Files[DataDirectory.Segments[^1]]];

    public Verdict Run(byte[] input) => DataDirectory.OpenWith(DataDirectory.Segments[^1], input);

    public void Dispose()
    {
    }
}
