using Google.Protobuf;
using Netcd.Raft;
using Netcd.Raft.Wire;
using Netcd.Storage.Snapshots;

namespace Netcd.Protocol.Tests;

/// <summary>Raft and the storage encode by hand, without a package: what they write is what the contracts say.</summary>
public sealed class WireAgreementTests
{
    [Fact]
    public void Raft_messages_read_the_same_by_hand_and_by_contract()
    {
        Message message = new()
        {
            Type = MessageType.Append,
            To = 2,
            From = ulong.MaxValue,
            Term = 7,
            LogTerm = 6,
            Index = 41,
            Commit = 40,
            Reject = true,
            RejectHint = 39,
            Context = new byte[] { 1, 2 },
            Entries = new Entry[] { new(EntryType.ConfChange, 7, 42, new byte[] { 9 }), new(EntryType.Normal, 7, 43, new byte[300]) },
            Snapshot = new Snapshot
            {
                Data = new byte[] { 5 },
                Metadata = new SnapshotMetadata
                {
                    Index = 4,
                    Term = 3,
                    ConfState = new Raft.ConfState { Voters = [1, 2], Learners = [3], AutoLeave = true },
                },
            },
        };
        Raftpb.Message read = Raftpb.Message.Parser.ParseFrom(RaftWire.Encode(message));
        Assert.Equal(Raftpb.MessageType.MsgApp, read.Type);
        Assert.Equal((2UL, ulong.MaxValue, 7UL, 6UL, 41UL, 40UL), (read.To, read.From, read.Term, read.LogTerm, read.Index, read.Commit));
        Assert.True(read.Reject);
        Assert.Equal(39UL, read.RejectHint);
        Assert.Equal([1, 2], read.Context.ToByteArray());
        Assert.Equal([42UL, 43UL], read.Entries.Select(entry => entry.Index));
        Assert.Equal(Raftpb.EntryType.EntryConfChange, read.Entries[0].Type);
        Assert.Equal([1UL, 2UL], read.Snapshot.Metadata.ConfState.Voters);
        Assert.True(read.Snapshot.Metadata.ConfState.AutoLeave);
        Assert.Equal(RaftWire.Encode(message), RaftWire.Encode(RaftWire.DecodeMessage(read.ToByteArray())));
    }

    [Fact]
    public void Configuration_changes_read_the_same_by_hand_and_by_contract()
    {
        ConfChange change = new() { Id = 5, Type = ConfChangeType.AddLearnerNode, NodeId = 77, Context = new byte[] { 1 } };
        Raftpb.ConfChange read = Raftpb.ConfChange.Parser.ParseFrom(RaftWire.Encode(change));
        Assert.Equal((5UL, Raftpb.ConfChangeType.ConfChangeAddLearnerNode, 77UL), (read.Id, read.Type, read.NodeId));
        ConfChange back = RaftWire.DecodeConfChange(read.ToByteArray());
        Assert.Equal((change.Id, change.Type, change.NodeId), (back.Id, back.Type, back.NodeId));
    }

    [Fact]
    public void A_snapshot_file_reads_the_same_by_hand_and_by_contract()
    {
        SnapshotFile file = new(12, 3, new Storage.Snapshots.ConfState { Voters = [8] }, new byte[] { 1, 2, 3 });
        Raftpb.Snapshot read = Raftpb.Snapshot.Parser.ParseFrom(file.EncodeRaftSnapshot());
        Assert.Equal((12UL, 3UL), (read.Metadata.Index, read.Metadata.Term));
        Assert.Equal([8UL], read.Metadata.ConfState.Voters);
        Assert.Equal([1, 2, 3], read.Data.ToByteArray());
    }

    [Fact]
    public void A_log_record_keeps_its_published_field_numbers()
    {
        Walpb.Record record = Walpb.Record.Parser.ParseFrom([0x08, 0x02, 0x10, 0x05, 0x1a, 0x01, 0x63]);
        Assert.Equal((2L, 5U), (record.Type, record.Crc));
        Assert.Equal("c", record.Data.ToStringUtf8());
    }

    [Fact]
    public void A_put_in_the_log_has_the_bytes_that_etcd_writes()
    {
        V3.InternalRaftRequest request = new()
        {
            Header = new V3.RequestHeader { ID = 1 },
            Put = new V3.PutRequest { Key = ByteString.CopyFromUtf8("a"), Value = ByteString.CopyFromUtf8("b") },
        };
        Assert.Equal("2206" + "0A0161" + "120162" + "A20602" + "0801", Convert.ToHexString(request.ToByteArray()));
    }
}
