namespace Netcd.Engine.Offline;

/// <summary>What was asked for cannot be done with these files; the message is for the operator.</summary>
public sealed class OfflineException : Exception
{
    /// <summary>With the reason.</summary>
    public OfflineException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
