namespace Netcd.Fuzzing.Live;

/// <summary>Where the server that is attacked runs: in this process, or in one of its own.</summary>
internal interface ILiveHost : IDisposable
{
    /// <summary>The port for clients.</summary>
    Uri ClientUrl { get; }

    /// <summary>The port for other members.</summary>
    Uri PeerUrl { get; }

    /// <summary>Bytes of memory that it holds.</summary>
    long MemoryBytes { get; }

    /// <summary>Descriptors that it has open.</summary>
    int Descriptors { get; }

    /// <summary>What has ended it, or a part of it; null where nothing has.</summary>
    string? Failure { get; }
}
