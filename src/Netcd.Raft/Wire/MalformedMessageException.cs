namespace Netcd.Raft.Wire;

/// <summary>Bytes that are no encoded raft message. The only exception that decoding throws, whatever the bytes.</summary>
public sealed class MalformedMessageException : Exception
{
    /// <summary>Without a reason.</summary>
    public MalformedMessageException()
    {
    }

    /// <summary>With what is wrong.</summary>
    public MalformedMessageException(string message)
        : base(message)
    {
    }

    /// <summary>With what is wrong, and its cause.</summary>
    public MalformedMessageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
