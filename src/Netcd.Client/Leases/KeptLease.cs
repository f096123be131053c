namespace Netcd.Client.Leases;

/// <summary>A lease that is renewed, for however many handles of it this client has.</summary>
internal sealed class KeptLease(long id)
{
    /// <summary>Its id.</summary>
    public long Id { get; } = id;

    /// <summary>Those who hold it. Never empty, but for the moment before it is forgotten.</summary>
    public List<LeaseHandle> Handles { get; } = [];

    /// <summary>When the renewal that is not answered yet was sent on the present stream, as a timestamp.</summary>
    public long? SentAt { get; set; }
}
